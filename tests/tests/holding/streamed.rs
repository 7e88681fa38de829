//! One parameter after another.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};

use half::bf16;
use wb::{AnyTensor, Checkpoint, DType, LoadError, Loader, Module, Source, Tensor};
use weighbridge_tests::files::{f32s, safetensors};
use weighbridge_tests::llama::{Llama, Tiny};
use weighbridge_tests::mlx::Transformer;
use weighbridge_tests::{contents, fixture};

use super::{LARGE, Mixed, SMALL, mixed};

/// What a stream gives, in its order.
fn streamed<M: Module>(loader: &Loader, source: impl Into<Source>) -> Vec<(String, AnyTensor, Option<String>)> {
    let mut all = Vec::new();
    loader
        .stream::<M, LoadError>(source, |parameter| {
            all.push((parameter.path.to_owned(), parameter.tensor, parameter.tied_to.map(str::to_owned)));
            Ok(())
        })
        .unwrap();
    all
}

/// A stream gives what a load does: each parameter once, in the order of the file.
#[track_caller]
fn is_the_load<M: Module>(source: &std::path::Path) {
    let loaded = Loader::new().load::<M>(source).unwrap();
    let stream = streamed::<M>(&Loader::new(), source);
    let wanted: BTreeMap<String, (DType, Vec<usize>, Vec<u8>)> =
        contents(&loaded.module).into_iter().map(|(path, dtype, shape, bytes)| (path, (dtype, shape, bytes))).collect();
    assert_eq!(stream.len(), wanted.len());
    for (path, tensor, _) in &stream {
        let (dtype, shape, bytes) = &wanted[path];
        assert_eq!((tensor.dtype(), &tensor.shape()[..]), (*dtype, &shape[..]), "{path}");
        assert!(tensor.as_bytes() == bytes, "{path}");
    }
    let places: Vec<(String, u64)> = stream
        .iter()
        .filter(|(.., tied_to)| tied_to.is_none())
        .filter_map(|(path, ..)| {
            Some((loaded.checkpoint.get(path)?.file().to_owned(), loaded.checkpoint.get(path)?.offset()))
        })
        .collect();
    let files: Vec<&String> = places.iter().map(|(file, _)| file).collect();
    let distinct = files.windows(2).filter(|pair| pair[0] != pair[1]).count() + 1;
    assert_eq!(distinct, loaded.checkpoint.file_count(), "a file is read to its end before the next");
    assert!(places.windows(2).all(|pair| pair[0].0 != pair[1].0 || pair[0].1 < pair[1].1), "not in the file's order");
}

#[test]
fn a_stream_gives_what_a_load_does() {
    is_the_load::<Llama<Tiny>>(&fixture("llama-sharded"));
    is_the_load::<Llama<Tiny, bf16>>(&fixture("llama"));
    is_the_load::<Transformer<16, 64>>(&fixture("mlx/transformer.npz"));
}

#[derive(Debug, Module)]
#[module(crate = wb)]
struct Heads {
    #[param(shape = [2], tied = "inner.embed")]
    head: Tensor<f32>,
    #[module]
    inner: Inner,
    #[param(shape = [2])]
    norm: Tensor<f32>,
}

#[derive(Debug, Module)]
#[module(crate = wb)]
struct Inner {
    #[param(shape = [2])]
    embed: Tensor<f32>,
}

fn file(tensors: &[(&str, [f32; 2])]) -> Vec<u8> {
    let bytes: Vec<Vec<u8>> = tensors.iter().map(|(_, numbers)| f32s(numbers)).collect();
    let tensors: Vec<_> =
        tensors.iter().zip(&bytes).map(|((name, _), bytes)| (*name, DType::F32, &[2][..], &bytes[..])).collect();
    safetensors(&tensors)
}

#[test]
fn what_is_tied_follows_its_target() {
    let norm = ("norm", [3.0, 3.0]);
    for tensors in [
        vec![norm, ("inner.embed", [1.0, 2.0])],
        vec![norm, ("head", [1.0, 2.0])],
        vec![("head", [1.0, 2.0]), norm, ("inner.embed", [1.0, 2.0])],
    ] {
        let stream = streamed::<Heads>(&Loader::new(), file(&tensors));
        let paths: Vec<_> = stream.iter().map(|(path, _, tied_to)| (path.as_str(), tied_to.as_deref())).collect();
        assert_eq!(paths, [("norm", None), ("inner.embed", None), ("head", Some("inner.embed"))]);
        assert_eq!(stream[1].1.as_bytes(), f32s(&[1.0, 2.0]));
        assert!(stream[2].1.as_bytes().as_ptr() == stream[1].1.as_bytes().as_ptr(), "not the same memory");
    }
    let differ = file(&[norm, ("inner.embed", [1.0, 2.0]), ("head", [1.0, 2.5])]);
    let mut calls = 0;
    let error = Loader::new().stream::<Heads, LoadError>(differ, |_| {
        calls += 1;
        Ok(())
    });
    let Err(LoadError::Mismatch(report)) = error else { panic!("{error:?}") };
    assert_eq!((report.tied.len(), calls), (1, 0));
}

#[test]
fn the_memory_of_a_tensor_is_given_away() {
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Vectors {
        #[param(shape = [2])]
        one: Vec<f32>,
        #[param(shape = [2])]
        two: Vec<f32>,
    }
    let file = file(&[("one", [1.0, 2.0]), ("two", [3.0, 4.0])]);
    let mut all = Vec::new();
    let take = |parameter: wb::Streamed<'_>| {
        let tensor = Tensor::<f32>::try_from(parameter.tensor).unwrap();
        let before = tensor.as_slice().as_ptr();
        let vector = tensor.into_vec();
        assert!(std::ptr::eq(vector.as_ptr(), before), "{} was copied", parameter.path);
        all.push(vector);
        Ok(())
    };
    Loader::new().stream::<Vectors, LoadError>(file, take).unwrap();
    assert_eq!(all, [[1.0, 2.0], [3.0, 4.0]]);
}

#[test]
fn nothing_is_given_of_what_does_not_match() {
    let mut calls = 0;
    let result = Loader::new().stream::<(Mixed,), LoadError>(mixed(), |_| {
        calls += 1;
        Ok(())
    });
    assert!(matches!(result, Err(LoadError::Mismatch(_))));
    assert_eq!(calls, 0);
}

/// An error of a caller's own.
#[derive(Debug)]
enum Stopped {
    Full(usize),
    Load(LoadError),
}

impl From<LoadError> for Stopped {
    fn from(error: LoadError) -> Self {
        Stopped::Load(error)
    }
}

#[test]
fn a_callback_ends_the_stream() {
    let mut calls = 0;
    let result = Loader::new().stream::<Mixed, Stopped>(mixed(), |_| {
        calls += 1;
        if calls == 5 { Err(Stopped::Full(calls)) } else { Ok(()) }
    });
    assert!(matches!(result, Err(Stopped::Full(5))), "{result:?}");
    let result = Loader::new().stream::<Mixed, Stopped>("no-such-file.safetensors", |_| Ok(()));
    assert!(matches!(result, Err(Stopped::Load(LoadError::Io { .. }))), "{result:?}");
}

#[test]
fn progress_of_a_stream() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let into = Arc::clone(&seen);
    let loader = Loader::new().progress(move |progress| {
        into.lock().unwrap().push((progress.bytes_read, progress.bytes_total));
        ControlFlow::Continue(())
    });
    let checkpoint = Checkpoint::open(mixed()).unwrap();
    assert_eq!(streamed::<Mixed>(&loader, &checkpoint).len(), SMALL + 2);
    let seen = seen.lock().unwrap();
    let total = 4 * (100 + LARGE + 3 * SMALL) as u64;
    assert!(seen.is_sorted());
    assert_eq!(*seen.last().unwrap(), (total, total));
}
