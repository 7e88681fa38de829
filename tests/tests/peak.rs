//! How much memory a load holds at once, as Linux says it. In a process of its own, and one test at a time: other tests
//! would be counted too.
#![cfg(target_os = "linux")]

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use half::f16;
use wb::{Cast, DType, LoadError, Loader, Module, Tensor};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

static ALONE: Mutex<()> = Mutex::new(());

/// A number of bytes that the system says of this process.
fn status(name: &str) -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    let kib: usize = line.trim_matches(|c: char| !c.is_ascii_digit()).parse().unwrap();
    kib << 10
}

/// What `with` holds at once beyond what was there before, in bytes: what was resident at the most.
fn peak<T>(with: impl FnOnce() -> T) -> (usize, T) {
    // the most so far is forgotten (proc(5))
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    let before = status("VmRSS:");
    let result = with();
    (status("VmHWM:") - before, result)
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

/// The least: else the measure is wrong. What an allocator kept of earlier loads may be used again.
fn least(bytes: usize) -> usize {
    bytes - bytes / 4
}

/// The same tensors as safetensors, and as an npz whose members are stored, and deflated.
fn files(directory: &Path) -> [PathBuf; 3] {
    let list = (0..TENSORS).map(|_| Tensor::zeros([ROWS, COLUMNS])).collect();
    let halves = Halves { list };
    let [safetensors, stored, deflated] =
        ["halves.safetensors", "halves.npz", "deflated.npz"].map(|name| directory.join(name));
    halves.save_weights(&safetensors).unwrap();
    halves.save_weights(&stored).unwrap();
    let mut members = ZipArchive::new(File::open(&stored).unwrap()).unwrap();
    let mut archive = ZipWriter::new(File::create(&deflated).unwrap());
    for number in 0..members.len() {
        let mut member = members.by_index(number).unwrap();
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        archive.start_file(member.name().unwrap().into_owned(), options).unwrap();
        std::io::copy(&mut member, &mut archive).unwrap();
    }
    archive.finish().unwrap();
    [safetensors, stored, deflated]
}

#[test]
fn a_load_holds_the_tensors_and_little_more() {
    let _alone = ALONE.lock().unwrap();
    let scratch = tempfile::tempdir().unwrap();
    for path in files(scratch.path()) {
        for threads in [1, 3] {
            let loader = Loader::new().threads(threads);
            let (most, loaded) = peak(|| loader.load::<Halves>(&path).unwrap());
            assert!((least(BYTES)..allowed(BYTES)).contains(&most), "{most} bytes for {BYTES}");
            drop(loaded);
            let (most, turned) = peak(|| loader.load::<Turned>(&path).unwrap());
            assert!((least(BYTES)..allowed(BYTES)).contains(&most), "{most} bytes for {BYTES}, transposed");
            drop(turned);
            let cast = loader.cast(Cast::Lossless);
            let (most, singles) = peak(|| cast.load::<Singles>(&path).unwrap());
            assert!((least(2 * BYTES)..allowed(2 * BYTES)).contains(&most), "{most} bytes for {}, cast", 2 * BYTES);
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
            assert_eq!((report.unwrap().parameter_count, bytes), (TENSORS, 2 * BYTES));
            assert!(most <= 80 * MIB, "{most} bytes of {}", 2 * BYTES);
        }
    }
}
