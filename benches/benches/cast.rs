//! Loading a file whose numbers are of another dtype than the model's: beside writing as many bytes as come out into fresh
//! memory in huge pages, and reading the file into a buffer that is used again, which nothing can do without. All on two
//! threads.
//!
//! `cargo bench -p weighbridge-benches --bench cast`

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use half::{bf16, f16};
use weighbridge::{Cast, Element, Loader, Module, Tensor};
use weighbridge_memory::prefer_huge_pages;

const TENSORS: usize = 32;
const RUNS: usize = 9;

/// 134 million numbers: 512 MiB of two bytes each.
#[derive(Module)]
struct Numbers<T: Element> {
    #[param(shape = [2048, 2048], len = TENSORS)]
    layers: Vec<Tensor<T>>,
}

/// The file of a dtype, made when it is first asked for.
fn file<T: Element>(number: impl Fn(usize) -> T) -> PathBuf {
    let path = std::env::temp_dir().join(format!("weighbridge-bench-numbers-{}.safetensors", T::DTYPE));
    if Loader::new().check::<Numbers<T>>(path.as_path()).is_err() {
        let tensor = Tensor::new([2048, 2048], (0..2048 * 2048).map(number).collect()).expect("the elements fill it");
        let numbers = Numbers { layers: vec![tensor; TENSORS] };
        numbers.save_weights(&path).expect("the temporary directory has room");
    }
    path
}

/// Fills fresh memory from two threads. That it is given back is not measured.
fn written(bytes: usize) -> Duration {
    let start = Instant::now();
    let mut memory = vec![0u8; bytes];
    prefer_huge_pages(&mut memory);
    let (left, right) = memory.split_at_mut(bytes / 2);
    std::thread::scope(|scope| {
        scope.spawn(|| left.fill(1));
        scope.spawn(|| right.fill(1));
    });
    std::hint::black_box(&memory);
    start.elapsed()
}

/// Reads the file piece by piece.
fn read(path: &Path) -> Duration {
    let length = std::fs::metadata(path).expect("the file was just made").len();
    let half = |range: std::ops::Range<u64>| {
        use std::io::{Read, Seek, SeekFrom};
        let mut file = std::fs::File::open(path).expect("the file was just made");
        file.seek(SeekFrom::Start(range.start)).expect("the range is in the file");
        let (mut buffer, mut rest) = (vec![0; 256 << 10], (range.end - range.start) as usize);
        while rest > 0 {
            let count = rest.min(buffer.len());
            file.read_exact(&mut buffer[..count]).expect("the range is in the file");
            std::hint::black_box(&buffer);
            rest -= count;
        }
    };
    let start = Instant::now();
    std::thread::scope(|scope| {
        scope.spawn(|| half(0..length / 2));
        scope.spawn(|| half(length / 2..length));
    });
    start.elapsed()
}

fn loaded<T: Element>(path: &Path) -> Duration {
    let start = Instant::now();
    let loaded = Loader::new().threads(2).cast(Cast::Any).load::<Numbers<T>>(path).expect("the file is right");
    let elapsed = start.elapsed();
    std::hint::black_box(&loaded.module.layers);
    elapsed
}

fn median(mut times: [Duration; RUNS]) -> f64 {
    times.sort_unstable();
    times[RUNS / 2].as_secs_f64() * 1e3
}

fn case<A: Element, B: Element>(number: impl Fn(usize) -> A) {
    let path = file(number);
    let bytes = TENSORS * 2048 * 2048 * size_of::<B>();
    // in turns, so that what else the machine does meets all
    let times = [(); RUNS].map(|()| [written(bytes), read(&path), loaded::<B>(&path)]);
    let [written, read, loaded] = [0, 1, 2].map(|column| median(times.map(|run| run[column])));
    let ratio = loaded / written;
    println!("{:>4} to {:<4} | {written:11.0} | {read:8.0} | {loaded:8.0} | {ratio:22.2}", A::DTYPE, B::DTYPE);
}

fn main() {
    println!("{TENSORS} tensors of [2048, 2048], two threads, medians of {RUNS}");
    println!("cast         | written, ms | read, ms | cast, ms | cast, to what writing is");
    let f32_of = |i: usize| (i as f32).sin();
    case::<bf16, f32>(|i| bf16::from_f32(f32_of(i)));
    case::<f16, f32>(|i| f16::from_f32(f32_of(i)));
    case::<f32, bf16>(f32_of);
    case::<f32, f16>(f32_of);
    case::<f64, f32>(|i| (i as f64).sin());
    case::<f64, bf16>(|i| (i as f64).sin());
}
