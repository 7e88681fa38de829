//! Large tensors in parts, and small ones together.

use std::io;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use half::bf16;
use wb::{Cast, DType, LoadError, Loader, Module, ProblemKind, ReadAt, Source, Tensor};
use weighbridge_tests::files::{npy, npz, raw_safetensors, safetensors};

use super::{LARGE, Mixed, SMALL, bits, elements, mixed};

/// A file that counts its reads, and fails where it is told to.
struct Watched {
    bytes: Vec<u8>,
    reads: AtomicUsize,
    broken: Vec<u64>,
}

impl Watched {
    fn new(bytes: Vec<u8>, broken: &[u64]) -> Arc<Watched> {
        Arc::new(Watched { bytes, reads: AtomicUsize::new(0), broken: broken.to_vec() })
    }

    fn source(self: &Arc<Self>) -> Source {
        Source::reader("watched", Arc::clone(self) as Arc<dyn ReadAt>)
    }
}

impl ReadAt for Watched {
    fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        let end = offset + buffer.len() as u64;
        if let Some(at) = self.broken.iter().find(|at| (offset..end).contains(at)) {
            return Err(io::Error::other(format!("byte {at} cannot be read")));
        }
        ReadAt::read_exact_at(&self.bytes[..], offset, buffer)
    }
}

fn expected() -> Vec<u32> {
    let mut all = elements(100, 1);
    all.extend(elements(LARGE, 2));
    (0..SMALL as u32).for_each(|i| all.extend(elements(3, i + 3)));
    all.as_chunks().0.iter().map(|bytes| u32::from_le_bytes(*bytes)).collect()
}

#[test]
fn any_number_of_threads_reads_the_same() {
    let file = Watched::new(mixed(), &[]);
    for threads in [1, 2, 3, 16] {
        let loaded = Loader::new().threads(threads).load::<Mixed>(file.source()).unwrap().module;
        assert!(bits(&loaded) == expected(), "{threads} threads");
    }
}

#[test]
fn small_tensors_come_with_one_read() {
    let file = Watched::new(mixed(), &[]);
    Loader::new().check::<Mixed>(file.source()).unwrap();
    let header = file.reads.swap(0, Ordering::Relaxed);
    let loaded = Loader::new().load::<Mixed>(file.source()).unwrap().module;
    let reads = file.reads.load(Ordering::Relaxed) - header;
    assert!(reads < 10, "{reads} reads for {} tensors", SMALL + 2);
    // one that goes takes no other with it, and gives its elements
    let mut small = loaded.small;
    let last = small.pop().unwrap();
    let (one, two) = (small.remove(0).into_vec(), small.remove(0));
    drop(small);
    let words = |seed: u32| {
        elements(3, seed).as_chunks().0.iter().map(|x| f32::from_le_bytes(*x).to_bits()).collect::<Vec<_>>()
    };
    assert_eq!(one.iter().map(|x| x.to_bits()).collect::<Vec<_>>(), words(3));
    assert_eq!(two.as_slice().iter().map(|x| x.to_bits()).collect::<Vec<_>>(), words(4));
    assert_eq!(last.as_slice().iter().map(|x| x.to_bits()).collect::<Vec<_>>(), words(3 + SMALL as u32 - 1));
}

/// Where the elements of a file begin.
fn start(file: &[u8]) -> u64 {
    8 + u64::from_le_bytes(*file.first_chunk().unwrap())
}

#[test]
fn the_first_error_of_the_file_is_reported() {
    let bytes = mixed();
    let (start, large) = (start(&bytes), 4 * LARGE as u64);
    let small = start + 400 + large;
    for (broken, name) in [
        (vec![start + 400 + large - 1, start + 400 + 1, small + 5], "large"),
        (vec![small + 12 * 700 + 3, small + 12 * 30], "small.30"),
        (vec![start + 399, start + 400 + 9_000_000], "first"),
    ] {
        let file = Watched::new(bytes.clone(), &broken);
        for threads in [1, 2, 7] {
            for _ in 0..5 {
                let error = Loader::new().threads(threads).load::<Mixed>(file.source()).unwrap_err();
                let LoadError::Container { problems, .. } = error else { panic!("{error:?}") };
                assert_eq!(problems[0].kind, ProblemKind::Io);
                assert_eq!(problems[0].tensor.as_deref(), Some(name), "{threads} threads");
            }
        }
    }
}

#[test]
fn progress_within_a_tensor() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    for threads in [1, 3] {
        let into = Arc::clone(&seen);
        let loader = Loader::new().threads(threads).progress(move |progress| {
            into.lock().unwrap().push((progress.bytes_read, progress.bytes_total));
            ControlFlow::Continue(())
        });
        loader.load::<Mixed>(Watched::new(mixed(), &[]).source()).unwrap();
        let seen = std::mem::take(&mut *seen.lock().unwrap());
        let total = 4 * (100 + LARGE + 3 * SMALL) as u64;
        assert!(seen.is_sorted() && seen.iter().all(|(_, all)| *all == total));
        assert_eq!(seen.last().unwrap().0, total);
        // the large tensor has several parts, each small one a call of its own
        assert!(seen.len() >= SMALL + 1 + 3, "{} calls", seen.len());
    }
}

#[test]
fn cancelled_within_a_tensor() {
    for threads in [1, 2] {
        let file = Watched::new(mixed(), &[]);
        let half = 2 * LARGE as u64;
        let loader = Loader::new().threads(threads).progress(move |progress| match progress.bytes_read > half {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        });
        let mut model = Loader::new().load::<Mixed>(file.source()).unwrap().module;
        let kept = Tensor::new([LARGE], vec![7.0; LARGE]).unwrap();
        model.large = kept.clone();
        assert!(matches!(loader.update(&mut model, file.source()), Err(LoadError::Cancelled)));
        assert!(model.large.shares_storage(&kept));
        assert!(matches!(loader.load::<Mixed>(file.source()), Err(LoadError::Cancelled)));
    }
}

#[test]
fn a_small_file_is_read_without_another_thread() {
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Small {
        #[param(shape = [25_000], len = 20)]
        list: Vec<Tensor<f32>>,
    }
    let names: Vec<String> = (0..20).map(|i| format!("list.{i}")).collect();
    let bytes = elements(25_000, 1);
    let tensors: Vec<(&str, DType, &[usize], &[u8])> =
        names.iter().map(|name| (&**name, DType::F32, &[25_000][..], &bytes[..])).collect();
    let file = Watched::new(safetensors(&tensors), &[]);
    let seen = Arc::new(Mutex::new(Vec::new()));
    for (loader, is_alone) in [(Loader::new(), true), (Loader::new().threads(2), false)] {
        let into = Arc::clone(&seen);
        let loader = loader.progress(move |_| {
            // another thread, if there is one, takes the next tensor meanwhile
            std::thread::sleep(std::time::Duration::from_millis(5));
            into.lock().unwrap().push(std::thread::current().id());
            ControlFlow::Continue(())
        });
        loader.load::<Small>(file.source()).unwrap();
        let seen = std::mem::take(&mut *seen.lock().unwrap());
        assert_eq!(seen.len(), 20);
        assert_eq!(seen.iter().all(|id| *id == std::thread::current().id()), is_alone);
    }
}

#[test]
fn nobody_is_called_after_the_one_who_cancels_or_panics() {
    for threads in [1, 2, 5] {
        for panics in [false, true] {
            let calls = Arc::new(AtomicUsize::new(0));
            let counted = Arc::clone(&calls);
            let loader = Loader::new().threads(threads).progress(move |_| {
                counted.fetch_add(1, Ordering::Relaxed);
                assert!(!panics, "of the callback's own");
                ControlFlow::Break(())
            });
            let file = Watched::new(mixed(), &[]);
            let load = || loader.load::<Mixed>(file.source());
            match std::panic::catch_unwind(std::panic::AssertUnwindSafe(load)) {
                Ok(loaded) => assert!(!panics && matches!(loaded, Err(LoadError::Cancelled))),
                Err(panic) => {
                    assert_eq!(panic.downcast_ref::<&str>(), Some(&"of the callback's own"), "{threads} threads");
                }
            }
            assert_eq!(calls.load(Ordering::Relaxed), 1, "{threads} threads");
        }
    }
}

#[derive(Debug, Module)]
#[module(crate = wb)]
struct Many {
    #[param(shape = [5], len = 400)]
    list: Vec<Tensor<f32>>,
    #[param(shape = [5])]
    flags: Tensor<bool>,
}

#[test]
fn small_tensors_that_are_cast() {
    let names: Vec<String> = (0..400).map(|i| format!("list.{i}")).collect();
    let halves =
        |i: usize| (0..5).flat_map(move |j| bf16::from_f32((i * 5 + j) as f32).to_le_bytes()).collect::<Vec<u8>>();
    let all: Vec<Vec<u8>> = (0..400).map(halves).collect();
    let mut tensors: Vec<(&str, DType, &[usize], &[u8])> =
        names.iter().zip(&all).map(|(name, bytes)| (&**name, DType::BF16, &[5][..], &bytes[..])).collect();
    tensors.push(("flags", DType::BOOL, &[5], &[1, 0, 1, 1, 0]));
    for threads in [1, 2] {
        let file = Watched::new(safetensors(&tensors), &[]);
        let many = Loader::new().threads(threads).cast(Cast::Lossless).load::<Many>(file.source()).unwrap().module;
        for (i, tensor) in many.list.iter().enumerate() {
            let wanted: Vec<f32> = (0..5).map(|j| bf16::from_f32((i * 5 + j) as f32).to_f32()).collect();
            assert_eq!(tensor.as_slice(), wanted);
        }
        assert_eq!(many.flags.as_slice(), [true, false, true, true, false]);
    }
}

#[test]
fn a_wrong_value_among_small_tensors() {
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Flags {
        #[param(shape = [3], len = 4)]
        flags: Vec<Tensor<bool>>,
    }
    let elements = [0, 1, 1, 1, 1, 0, 0, 0, 2, 9, 0, 0];
    let header: Vec<String> = (0..4)
        .map(|i| format!(r#""flags.{i}":{{"dtype":"BOOL","shape":[3],"data_offsets":[{},{}]}}"#, i * 3, i * 3 + 3))
        .collect();
    let file = Watched::new(raw_safetensors(&format!("{{{}}}", header.join(",")), &elements), &[]);
    let error = Loader::new().load::<Flags>(file.source()).unwrap_err();
    let LoadError::Container { problems, .. } = error else { panic!("{error:?}") };
    assert_eq!((problems[0].kind, problems[0].tensor.as_deref()), (ProblemKind::Value, Some("flags.2")));
    assert!(problems[0].message.starts_with("element 2 is 2"), "{}", problems[0].message);
}

#[test]
fn a_member_in_parts_has_its_checksum() {
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct One {
        #[param(shape = [LARGE])]
        large: Tensor<f32>,
    }
    let bytes = npz(&[("large.npy", npy("<f4", false, &format!("({LARGE},)"), &elements(LARGE, 2)))]);
    // the name stands in front of the member and in the directory
    let behind = bytes.windows(5).rposition(|window| window == b"large").unwrap() - 46;
    for at in [None, Some(behind - 1), Some(behind / 2), Some(behind - 4 * LARGE)] {
        let mut file = bytes.clone();
        at.iter().for_each(|&at| file[at] ^= 1);
        for threads in [1, 2] {
            let loaded = Loader::new().threads(threads).load::<One>(Watched::new(file.clone(), &[]).source());
            match (at, loaded) {
                (None, Ok(loaded)) => {
                    let found: Vec<u8> = loaded.module.large.as_slice().iter().flat_map(|x| x.to_le_bytes()).collect();
                    assert!(found == elements(LARGE, 2));
                }
                (Some(_), Err(LoadError::Container { problems, .. })) => {
                    assert_eq!(
                        (problems[0].kind, problems[0].tensor.as_deref()),
                        (ProblemKind::Corrupt, Some("large"))
                    );
                }
                (at, loaded) => panic!("{at:?}: {loaded:?}"),
            }
        }
    }
}
