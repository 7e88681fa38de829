//! What is read and when; threads, progress, limits.

use std::io;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use wb::{
    AnyTensor, Checkpoint, CheckpointError, DType, Limits, LoadError, Loader, Module, Problem, ProblemKind, ReadAt,
    Source, Tensor,
};
use weighbridge_tests::files::{npy, npz, safetensors};
use weighbridge_tests::llama::{Llama, Tiny};
use weighbridge_tests::{contents, fixture};

use super::{mismatch, paths};

const COUNT: usize = 20;
const ELEMENTS: usize = 10_000;

#[derive(Clone, Debug, Module)]
#[module(crate = wb)]
struct Arrays {
    #[param(shape = [ELEMENTS])]
    arrays: [Tensor<f32>; COUNT],
}

/// A file in memory that counts what is read of it.
struct Counted {
    bytes: Vec<u8>,
    read: AtomicU64,
    /// The end of the furthest read.
    furthest: AtomicU64,
}

impl Counted {
    fn new(bytes: Vec<u8>) -> Arc<Counted> {
        Arc::new(Counted { bytes, read: AtomicU64::new(0), furthest: AtomicU64::new(0) })
    }

    fn source(self: &Arc<Self>) -> Source {
        Source::reader("counted", Arc::clone(self) as Arc<dyn ReadAt>)
    }

    fn read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }
}

impl ReadAt for Counted {
    fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        self.read.fetch_add(buffer.len() as u64, Ordering::Relaxed);
        self.furthest.fetch_max(offset + buffer.len() as u64, Ordering::Relaxed);
        ReadAt::read_exact_at(&self.bytes[..], offset, buffer)
    }
}

fn names() -> Vec<String> {
    (0..COUNT).map(|number| format!("arrays.{number}")).collect()
}

fn elements() -> Vec<u8> {
    (0..ELEMENTS).flat_map(|i| (i as f32).to_le_bytes()).collect()
}

fn a_safetensors() -> Vec<u8> {
    let (names, elements) = (names(), elements());
    let tensors: Vec<_> = names.iter().map(|name| (&**name, DType::F32, &[ELEMENTS][..], &elements[..])).collect();
    safetensors(&tensors)
}

fn an_npz() -> Vec<u8> {
    let array = npy("<f4", false, &format!("({ELEMENTS},)"), &elements());
    let names: Vec<_> = names().iter().map(|name| format!("{name}.npy")).collect();
    let members: Vec<_> = names.iter().map(|name| (&**name, array.clone())).collect();
    npz(&members)
}

#[test]
fn a_check_reads_the_header_of_a_safetensors() {
    let file = Counted::new(a_safetensors());
    let header = 8 + u64::from_le_bytes(*file.bytes.first_chunk().unwrap());
    let report = Loader::new().check::<Arrays>(file.source()).unwrap();
    assert_eq!(report.fitting_count, COUNT);
    assert!(file.furthest.load(Ordering::Relaxed) <= header, "read beyond the header");
    // the kind of file is told from its first bytes, which are then read again
    assert!(file.read() <= header + 1024, "{} bytes of a header of {header}", file.read());

    // a load that is refused has not read more
    let file = Counted::new(a_safetensors());
    let report = mismatch(Loader::new().load::<(Arrays,)>(file.source()));
    assert_eq!(report.missing.len(), COUNT);
    assert!(file.furthest.load(Ordering::Relaxed) <= header);
    // nor an opened checkpoint
    let file = Counted::new(a_safetensors());
    assert_eq!(Checkpoint::open(file.source()).unwrap().len(), COUNT);
    assert!(file.furthest.load(Ordering::Relaxed) <= header);
}

#[test]
fn a_check_reads_the_headers_of_an_npz() {
    let file = Counted::new(an_npz());
    assert_eq!(Loader::new().check::<Arrays>(file.source()).unwrap().fitting_count, COUNT);
    let whole = file.len();
    assert!(file.read() < whole / 4, "{} of {whole} bytes", file.read());
    let again = Counted::new(an_npz());
    assert_eq!(mismatch(Loader::new().load::<(Arrays,)>(again.source())).missing.len(), COUNT);
    assert_eq!(again.read(), file.read());
}

#[test]
fn a_load_reads_every_byte_once() {
    for bytes in [a_safetensors(), an_npz()] {
        for threads in [1, 2] {
            let checked = Counted::new(bytes.clone());
            Loader::new().check::<Arrays>(checked.source()).unwrap();
            let file = Counted::new(bytes.clone());
            let loader = Loader::new().threads(threads);
            let arrays = loader.load::<Arrays>(file.source()).unwrap().module;
            assert_eq!(arrays.arrays[COUNT - 1].as_slice()[ELEMENTS - 1], (ELEMENTS - 1) as f32);
            let elements = (COUNT * ELEMENTS * 4) as u64;
            let most = checked.read() + elements + elements / 10;
            assert!((elements..=most).contains(&file.read()), "{} bytes, at most {most}", file.read());
        }
    }
}

#[test]
fn what_is_ignored_is_not_read() {
    let file = Counted::new(a_safetensors());
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Last {
        #[param(shape = [ELEMENTS], rename = "arrays.19")]
        last: Tensor<f32>,
    }
    Loader::new().ignore((0..19).map(|i| format!("arrays.{i}"))).load::<Last>(file.source()).unwrap();
    assert!(file.read() < 2 * 4 * ELEMENTS as u64, "{}", file.read());
}

#[test]
fn any_number_of_threads() {
    for source in ["llama-sharded", "mlx/transformer.npz"].map(fixture) {
        let load = |threads: usize| {
            let loader = Loader::new().threads(threads);
            match source.is_dir() {
                true => contents(&loader.load::<Llama<Tiny>>(&source).unwrap().module),
                false => contents(&loader.load::<weighbridge_tests::mlx::Transformer<16, 64>>(&source).unwrap().module),
            }
        };
        let one = load(1);
        for threads in [0, 2, 3, 64] {
            assert!(load(threads) == one, "{threads} threads");
        }
    }
}

#[test]
fn progress() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    for threads in [1, 2] {
        let into = Arc::clone(&seen);
        let loader = Loader::new().threads(threads).progress(move |progress| {
            into.lock().unwrap().push((progress.bytes_read, progress.bytes_total));
            ControlFlow::Continue(())
        });
        loader.load::<Arrays>(a_safetensors()).unwrap();
        let mut seen = std::mem::take(&mut *seen.lock().unwrap());
        seen.sort_unstable();
        let each = 4 * ELEMENTS as u64;
        let total = each * COUNT as u64;
        let wanted: Vec<_> = (1..=COUNT as u64).map(|n| (n * each, total)).collect();
        assert_eq!(seen, wanted);
        // a check reads nothing
        loader.check::<Arrays>(a_safetensors()).unwrap();
    }
    assert!(seen.lock().unwrap().is_empty());
}

/// The problem of a file that is refused within these limits.
#[track_caller]
fn limited(limits: Limits, source: impl Into<Source>) -> Problem {
    let error = Loader::new().limits(limits.clone()).load::<Arrays>(source).expect_err("it was accepted");
    let LoadError::Container { mut problems, .. } = error else { panic!("{error:?}") };
    assert_eq!(problems[0].kind, ProblemKind::Limit, "{}", problems[0]);
    problems.remove(0)
}

#[test]
fn limits() {
    let none = Limits::default();
    limited(none.clone().header_byte_len(100), a_safetensors());
    limited(none.clone().tensor_count(COUNT - 1), a_safetensors());
    limited(none.clone().tensor_count(COUNT - 1), an_npz());
    let name = limited(none.clone().name_byte_len(8), a_safetensors());
    assert_eq!(name.tensor.as_deref(), Some("arrays.10"));
    limited(none.clone().name_byte_len(8), an_npz());
    // two for each tensor; of shards, those of all of them
    let components = limited(none.clone().component_count(2 * COUNT - 1), a_safetensors());
    assert_eq!(
        components.message,
        format!(
            "the names have {} components in all, and the limit is {}; raise `Limits::component_count` if the file is trusted",
            2 * COUNT,
            2 * COUNT - 1
        )
    );
    limited(none.clone().component_count(2 * COUNT - 1), an_npz());
    limited(none.clone().component_count(163), fixture("llama-sharded"));
    limited(none.clone().rank(0), a_safetensors());
    limited(none.clone().rank(0), an_npz());
    limited(none.clone().npy_header_byte_len(20), an_npz());
    limited(none.clone().inflation(1), fixture("mlx/numpy-deflated.npz"));
    limited(none.clone().shard_count(3), fixture("llama-sharded"));
    limited(none.clone().header_byte_len(1000), fixture("llama-sharded"));
    // the files are good within their own size
    let exact = none.tensor_count(COUNT).name_byte_len(9).component_count(2 * COUNT).rank(1);
    Loader::new().limits(exact.clone()).load::<Arrays>(a_safetensors()).unwrap();
    Checkpoint::open_within(an_npz(), &exact).unwrap();
    Checkpoint::open_within(fixture("llama-sharded"), &Limits::default().component_count(164)).unwrap();
}

#[test]
fn bytes_are_shared_where_they_are_aligned() {
    // tensors of one buffer: none of them was copied
    let file = a_safetensors();
    let memory: Arc<[u8]> = file.into();
    let arrays = Arrays::from_weights(Arc::clone(&memory)).unwrap();
    let range = memory.as_ptr_range();
    let aligned = (memory.as_ptr() as usize).is_multiple_of(4);
    let inside = arrays.arrays.iter().filter(|array| range.contains(&array.as_slice().as_ptr().cast())).count();
    assert_eq!(inside, if aligned { COUNT } else { 0 });
    // and a pair's tensor is the parameter
    let tensor = Tensor::<f32>::zeros([ELEMENTS]);
    let pairs: Vec<(String, AnyTensor)> = names().into_iter().map(|name| (name, (&tensor).into())).collect();
    let arrays = Arrays::from_weights(pairs).unwrap();
    assert!(arrays.arrays.iter().all(|array| array.shares_storage(&tensor)));
}

#[test]
fn a_name_that_is_not_there() {
    let checkpoint = Checkpoint::open(a_safetensors()).unwrap();
    assert!(checkpoint.get("arrays.20").is_none());
    let CheckpointError::Container { problems, .. } = checkpoint.tensor("arrays.20").unwrap_err() else { panic!() };
    assert_eq!((problems[0].kind, problems[0].tensor.as_deref()), (ProblemKind::Name, Some("arrays.20")));
    assert_eq!(paths(&mismatch(<(Arrays,)>::from_weights(checkpoint)).missing).len(), COUNT);
}

#[test]
fn what_unwrap_shows_is_the_text_with_its_sources() {
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Norm {
        #[param(shape = [2])]
        weight: Tensor<f32>,
    }
    let wrong = Loader::new().load::<Norm>([("weight", Tensor::<f32>::zeros([3]))]).unwrap_err();
    assert_eq!(format!("{wrong:?}"), wrong.to_string());
    assert!(wrong.to_string().contains("expected [2], found [3]"), "{wrong}");
    let absent = Loader::new().load::<Norm>("no-such-file.safetensors").unwrap_err();
    let text = format!("{absent:?}");
    assert!(text.starts_with("no-such-file.safetensors could not be read: "), "{text}");
}

#[test]
fn a_file_that_is_cut_while_it_is_loaded() {
    let scratch = tempfile::tempdir().unwrap();
    for (name, bytes) in [("x.safetensors", a_safetensors()), ("x.npz", an_npz())] {
        let path = scratch.path().join(name);
        std::fs::write(&path, &bytes).unwrap();
        let checkpoint = Checkpoint::open(path.as_path()).unwrap();
        std::fs::File::options().write(true).open(&path).unwrap().set_len(bytes.len() as u64 / 2).unwrap();
        let error = Arrays::from_weights(checkpoint).unwrap_err();
        let LoadError::Container { problems, .. } = &error else { panic!("{error}") };
        assert!(problems[0].tensor.is_some());
        assert!(error.to_string().contains("shorter than when it was opened"), "{error}");
    }
}

/// What is written over while it is read is neither the old nor the new checkpoint.
#[test]
fn a_file_that_is_written_over_is_refused() {
    let scratch = tempfile::tempdir().unwrap();
    for (name, bytes) in [("a.safetensors", a_safetensors()), ("a.npz", an_npz())] {
        let path = scratch.path().join(name);
        std::fs::write(&path, &bytes).unwrap();
        let earlier = std::time::SystemTime::now() - std::time::Duration::from_secs(10);
        let file = std::fs::File::options().write(true).open(&path).unwrap();
        file.set_modified(earlier).unwrap();
        let checkpoint = Checkpoint::open(path.as_path()).unwrap();
        Arrays::from_weights(&checkpoint).unwrap();
        // of the same length, and the same again: only the time tells
        std::fs::write(&path, &bytes).unwrap();
        let entry = checkpoint.iter().next().unwrap();
        let pieces = entry.pieces(1, |pieces| {
            while pieces.next()?.is_some() {}
            Ok::<_, CheckpointError>(())
        });
        let tensor = checkpoint.tensor(entry.name()).map(drop);
        for refused in
            [Arrays::from_weights(&checkpoint).map(drop), pieces.map_err(Into::into), tensor.map_err(Into::into)]
        {
            let error = refused.unwrap_err();
            let LoadError::Container { file, problems } = &error else { panic!("{error}") };
            assert_eq!((file.as_str(), problems[0].kind), (path.to_str().unwrap(), ProblemKind::Changed));
            assert!(error.to_string().contains("load it again when nobody writes to it"), "{error}");
        }
        // the remedy
        Arrays::from_weights(path.as_path()).unwrap();
    }
}

/// A pipe has no bytes by position, and opening it would wait for whoever writes.
#[cfg(unix)]
#[test]
fn what_is_no_file_is_refused_at_once() {
    let scratch = tempfile::tempdir().unwrap();
    let pipe = scratch.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for (path, what) in [(pipe.as_path(), "it is a pipe, "), ("/dev/zero".as_ref(), "it is a device, ")] {
        let error = Checkpoint::open(path).unwrap_err();
        assert!(matches!(error, CheckpointError::Io { .. }));
        let text = format!("{error:?}");
        assert!(text.contains(what) && text.contains("copy it to a file, or give its bytes in Rust"), "{text}");
    }
}
