//! What callers try first: what they give as a source and as a shape, and what they do with an error.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::error::Error;
use std::ffi::OsString;
use std::fmt::Debug;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use wb::lock::Lock;
use wb::{
    AnyTensor, Checkpoint, DType, Devices, Entry, Finding, FindingKind, FindingSide, Limits, LoadError, Loaded, Loader,
    Module, ParameterError, Pieces, Problem, ProblemKind, ReadAt, Rename, Renames, Report, SaveError, Saver, Schema,
    Shape, Source, Streamed, Tensor, View,
};

use super::{Pair, pair};

/// How many tensors a source has.
#[track_caller]
fn count(source: impl Into<Source>) -> usize {
    Checkpoint::open(source).unwrap().len()
}

#[test]
fn whatever_has_weights_is_a_source() {
    let scratch = tempfile::tempdir().unwrap();
    let path: PathBuf = scratch.path().join("pair.safetensors");
    pair().save_weights(&path).unwrap();
    let text: String = path.to_str().unwrap().to_owned();
    let paths = [text.as_str()];
    #[allow(clippy::needless_borrows_for_generic_args, reason = "each form is what is tested")]
    let counts = [
        count(&path),
        count(path.clone()),
        count(path.as_path()),
        count(&path.as_path()),
        count(path.clone().into_boxed_path()),
        count(Cow::Borrowed(path.as_path())),
        count(text.as_str()),
        count(&paths[0]),
        count(text.clone()),
        count(&text),
        count(OsString::from(&text)),
        count(OsString::from(&text).as_os_str()),
        count(&OsString::from(&text)),
    ];
    assert_eq!(counts, [2; 13]);

    let bytes = std::fs::read(&path).unwrap();
    let shared: Arc<[u8]> = bytes.clone().into();
    assert_eq!([count(bytes.as_slice()), count(&bytes), count(shared), count(bytes)], [2; 4]);

    let vec = vec![("a".to_owned(), Tensor::<f32>::zeros([2])), ("b".to_owned(), Tensor::zeros([3]))];
    let any = [("a", AnyTensor::from(&vec[0].1)), ("b", Tensor::<i64>::zeros([1]).into())];
    let hash: HashMap<String, Tensor<f32>> = vec.iter().cloned().collect();
    let tree: BTreeMap<&str, &Tensor<f32>> = vec.iter().map(|(name, tensor)| (name.as_str(), tensor)).collect();
    let counts = [count(&vec), count(vec.as_slice()), count(&any), count(&hash), count(&tree)];
    assert_eq!(counts, [2; 5]);
    assert_eq!([count(vec.clone()), count(any), count(hash), count(tree), count(Source::pairs(vec))], [2; 5]);

    let checkpoint = Checkpoint::open(&path).unwrap();
    let lock = checkpoint.lock().unwrap();
    assert_eq!([count(&checkpoint), count(checkpoint), count(&lock), count(lock)], [2; 4]);
}

#[test]
fn a_shape_is_made_of_and_compared_with_lists_of_numbers() {
    let shape = Shape::from([2, 3]);
    for same in [Shape::from(&[2, 3]), vec![2, 3].into(), (&vec![2, 3]).into(), (&shape).into(), (2..4).collect()] {
        assert_eq!(same, shape);
    }
    assert_eq!(shape, [2, 3]);
    assert_eq!([2, 3], shape);
    assert_eq!(shape, [2, 3][..]);
    assert_eq!(shape, vec![2, 3]);
    assert_ne!(shape, [3, 2]);
    assert_eq!(shape, &[2, 3]);
    assert_eq!(shape.into_iter().product::<usize>(), 6);
    assert_eq!(Vec::from(shape), [2, 3]);
    assert_eq!(*Tensor::<f32>::zeros(Shape::from(&[4])).shape(), [4]);
    assert_eq!("BF16".parse::<DType>().unwrap().to_string(), "BF16");
}

/// A file that the system does not give any more once it is told so.
struct Denied(Vec<u8>, AtomicBool);

impl ReadAt for Denied {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        if self.1.load(Ordering::Relaxed) {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, "not for you"));
        }
        self.0[..].read_exact_at(offset, buffer)
    }
}

#[test]
fn an_error_has_what_the_system_said_as_its_source_and_not_in_its_text() {
    let elements: Vec<u8> = [[1.0_f32; 2], [2.0; 2]].concat().into_iter().flat_map(f32::to_le_bytes).collect();
    let file = weighbridge_tests::files::safetensors(&[
        ("a", DType::F32, &[2], &elements[..8]),
        ("b", DType::F32, &[2], &elements[8..]),
    ]);
    let file = Arc::new(Denied(file, AtomicBool::new(false)));
    let checkpoint = Checkpoint::open(Source::reader("pair", file.clone())).unwrap();
    file.1.store(true, Ordering::Relaxed);
    let error = Pair::from_weights(checkpoint).unwrap_err();
    let LoadError::Container { problems, .. } = &error else { panic!("{error}") };
    assert_eq!(problems[0].kind, ProblemKind::Io);
    assert!(error.to_string().starts_with("pair: `") && error.to_string().contains("it could not be read"), "{error}");
    assert!(!error.to_string().contains("not for you"), "{error}");
    let source = error.source().unwrap().downcast_ref::<io::Error>().unwrap();
    assert_eq!(source.kind(), io::ErrorKind::PermissionDenied);
    assert!(format!("{error:?}").ends_with(": not for you"), "{error:?}");

    let absent = Pair::from_weights("absent.safetensors").unwrap_err();
    assert!(absent.source().unwrap().is::<io::Error>());
    let error = ParameterError::with_source("the device is full", io::Error::from(io::ErrorKind::OutOfMemory));
    assert_eq!((error.to_string().as_str(), error.source().unwrap().is::<io::Error>()), ("the device is full", true));
    assert!(ParameterError::new("no").source().is_none());
}

#[test]
fn what_goes_to_other_threads_can() {
    fn shared<T: Send + Sync + Debug>() {}
    fn sent<T: Send + Debug>() {}
    shared::<(Loader, Saver, Limits, Renames, Rename, Devices)>();
    shared::<(Checkpoint, Entry<'_>, Lock, Schema, Shape, DType)>();
    shared::<(Report, Finding, FindingKind, FindingSide)>();
    shared::<(LoadError, SaveError, ParameterError, Problem)>();
    shared::<(Tensor<f32>, AnyTensor, Loaded<Pair>, Streamed<'_>)>();
    sent::<Source>();
    // a view may ask a device that is of one thread, and the elements of an entry go to one callback
    fn debug<T: Debug>() {}
    debug::<(View<'_>, Pieces<'_>)>();
    let _: Box<dyn Error + Send + Sync> = LoadError::Cancelled.into();
}
