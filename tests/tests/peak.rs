//! How much memory a load holds at once, counted by the allocator. In a process of its own, and one test at a time: other
//! tests would be counted too.

use std::alloc::{GlobalAlloc, Layout, System};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use half::f16;
use wb::{Cast, DType, LoadError, Loader, Module, Tensor};

/// The system's allocator, which counts.
struct Counting;

static NOW: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

fn grow(bytes: usize) {
    let now = NOW.fetch_add(bytes, Ordering::Relaxed) + bytes;
    PEAK.fetch_max(now, Ordering::Relaxed);
}

// SAFETY: every call goes to the system's allocator as it is; besides, numbers are counted
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        grow(layout.size());
        // SAFETY: the caller keeps what `alloc` asks for
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        grow(layout.size());
        // SAFETY: the caller keeps what `alloc_zeroed` asks for
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the pointer came from `System`, as all of this allocator do
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

static ALONE: Mutex<()> = Mutex::new(());

/// What `with` holds at once beyond what was there before, in bytes.
fn peak<T>(with: impl FnOnce() -> T) -> (usize, T) {
    let before = NOW.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    let result = with();
    (PEAK.load(Ordering::Relaxed) - before, result)
}

const TENSORS: usize = 20;
const ROWS: usize = 1024;
const COLUMNS: usize = 2048;
/// All elements of the file, in bytes: 80 MiB.
const BYTES: usize = TENSORS * ROWS * COLUMNS * 2;
const MIB: usize = 1 << 20;

#[derive(Debug, Module)]
#[module(crate = wb)]
struct Halves {
    #[param(shape = [ROWS, COLUMNS], len = TENSORS)]
    list: Vec<Tensor<f16>>,
}

#[derive(Debug, Module)]
#[module(crate = wb)]
struct Singles {
    #[param(shape = [ROWS, COLUMNS], len = TENSORS)]
    list: Vec<Tensor<f32>>,
}

#[derive(Debug, Module)]
#[module(crate = wb)]
struct Turned {
    #[param(shape = [COLUMNS, ROWS], len = TENSORS, from = transpose)]
    list: Vec<Tensor<f16>>,
}

/// The most that a load may hold beyond the tensors.
fn allowed(bytes: usize) -> usize {
    bytes + bytes / 20 + 16 * MIB
}

fn files(directory: &Path) -> [std::path::PathBuf; 2] {
    let list = (0..TENSORS).map(|_| Tensor::zeros([ROWS, COLUMNS])).collect();
    let halves = Halves { list };
    ["halves.safetensors", "halves.npz"].map(|name| {
        let path = directory.join(name);
        halves.save_weights(&path).unwrap();
        path
    })
}

#[test]
fn a_load_holds_the_tensors_and_little_more() {
    let _alone = ALONE.lock().unwrap();
    let scratch = tempfile::tempdir().unwrap();
    for path in files(scratch.path()) {
        for threads in [1, 3] {
            let loader = Loader::new().threads(threads);
            let (most, loaded) = peak(|| loader.load::<Halves>(&path).unwrap());
            assert!((BYTES..allowed(BYTES)).contains(&most), "{most} bytes for {BYTES}");
            drop(loaded);
            let (most, turned) = peak(|| loader.load::<Turned>(&path).unwrap());
            assert!((BYTES..allowed(BYTES)).contains(&most), "{most} bytes for {BYTES}, transposed");
            drop(turned);
            let cast = loader.cast(Cast::Lossless);
            let (most, singles) = peak(|| cast.load::<Singles>(&path).unwrap());
            assert!((2 * BYTES..allowed(2 * BYTES)).contains(&most), "{most} bytes for {}, cast", 2 * BYTES);
            drop(singles);
        }
    }
}

#[test]
fn a_stream_holds_a_window() {
    let _alone = ALONE.lock().unwrap();
    let scratch = tempfile::tempdir().unwrap();
    for path in files(scratch.path()) {
        for threads in [1, 3] {
            let loader = Loader::new().threads(threads).cast(Cast::Lossless);
            let mut bytes = 0;
            let (most, report) = peak(|| {
                loader.stream::<Singles, LoadError>(&path, |parameter| {
                    bytes += parameter.tensor.as_bytes().len();
                    assert_eq!(parameter.tensor.dtype(), DType::F32);
                    Ok(())
                })
            });
            assert_eq!((report.unwrap().parameters, bytes), (TENSORS, 2 * BYTES));
            assert!(most <= 80 * MIB, "{most} bytes of {}", 2 * BYTES);
        }
    }
}
