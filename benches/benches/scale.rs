//! What 10,000, 100,000 and 1,000,000 tensors take: time and memory of each operation that takes a whole checkpoint, and how
//! they grow. The tensors are of one element, so only their number counts.
//!
//! `cargo bench -p weighbridge-benches --bench scale`

use std::fmt::Write as _;
use std::fs::File;
use std::hint::black_box;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use weighbridge::lock::Lock;
use weighbridge::{Checkpoint, Loader, Module, Tensor};
use weighbridge_tools::inspect::inspect;

const SIZES: [usize; 3] = [10_000, 100_000, 1_000_000];

/// As many layers as the file has.
#[derive(Module)]
struct Layers {
    layers: Vec<Layer>,
}

#[derive(Module)]
struct Layer {
    #[param(shape = [1])]
    weight: Tensor<f32>,
}

/// What is measured, on a file.
type Run<'r> = Box<dyn Fn(&Path) + 'r>;

fn main() {
    let scratch = tempfile::tempdir().expect("the temporary directory can be written");
    let saved = scratch.path().join("saved.safetensors");
    let regular = |i: usize| format!("layers.{i}.weight");
    let any: [(&str, Run<'_>); 3] = [
        ("lock", Box::new(|path| done(open(path).lock().expect("names are distinct").to_string()))),
        (
            "check against its own lock",
            Box::new(|path| {
                let text = std::fs::read_to_string(path.with_extension("lock")).expect("it was just written");
                let lock: Lock = text.parse().expect("it was just written");
                done(weighbridge::lock::check(&lock, "own.lock", path).expect("it is its own"));
            }),
        ),
        ("inspect", Box::new(|path| done(inspect(&open(path)).to_string()))),
    ];
    let of_layers: [(&str, Run<'_>); 2] = [
        ("load", Box::new(|path| done(layers(path)))),
        ("load and save", Box::new(|path| layers(path).save_weights(&saved).expect("there is room"))),
    ];
    for (title, name) in [
        ("names of a list", &regular as &dyn Fn(usize) -> String),
        ("random names of three components", &|i| random(i as u64)),
    ] {
        let files: Vec<PathBuf> = SIZES.iter().map(|&count| file(scratch.path(), title, count, name)).collect();
        println!("{title}: ms and MiB at the most, each with how many times those of a tenth");
        for (what, run) in &any {
            row(what, run, &files);
        }
        if title == "names of a list" {
            for (what, run) in &of_layers {
                row(what, run, &files);
            }
        }
    }
    // the tensors are there already: what the save takes beside them
    println!("a save alone: MiB beside the tensors, and how many headers that is");
    for count in SIZES {
        let path = file(scratch.path(), "names of a list", count, &regular);
        let module = layers(&path);
        let (_, bytes) = measured(|| module.save_weights(&saved).expect("there is room"));
        let header = std::fs::metadata(&saved).map_or(1, |saved| saved.len() - 4 * count as u64);
        println!("  {count:>9} {:>8.1} {:>6.2} x", mib(bytes), bytes as f64 / header as f64);
    }
}

fn open(path: &Path) -> Checkpoint {
    Checkpoint::open(path).expect("the file is right")
}

fn layers(path: &Path) -> Layers {
    Loader::new().load::<Layers>(path).expect("the file fits").module
}

/// Drops a result that the compiler must not leave out.
fn done<T>(result: T) {
    drop(black_box(result));
}

fn row(what: &str, run: &Run<'_>, files: &[PathBuf]) {
    let mut line = format!("  {what:<27}");
    let mut before: Option<(f64, f64)> = None;
    for path in files {
        // of the first two, the best of three: they are short
        let rounds = if before.is_some() && path == &files[files.len() - 1] { 1 } else { 3 };
        let runs: Vec<(Duration, u64)> = (0..rounds).map(|_| measured(|| run(path))).collect();
        let ms = runs.iter().map(|(time, _)| time.as_secs_f64() * 1e3).fold(f64::INFINITY, f64::min);
        let memory = mib(runs.iter().map(|(_, bytes)| *bytes).max().unwrap_or(0));
        let times = |now: f64, before: f64| now / before.max(f64::MIN_POSITIVE);
        let written = match before {
            None => write!(line, "{ms:>8.1} ms{memory:>7.0} MiB"),
            Some((ms_before, memory_before)) => write!(
                line,
                "{ms:>10.1} ms {:>5.1} x{memory:>7.0} MiB {:>5.1} x",
                times(ms, ms_before),
                times(memory, memory_before)
            ),
        };
        written.expect("a string can be written");
        before = Some((ms, memory));
    }
    println!("{line}");
}

fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

/// The time of this, and what it holds at the most, as Linux says it; 0 elsewhere.
fn measured(run: impl FnOnce()) -> (Duration, u64) {
    // the most so far is forgotten (proc(5))
    drop(std::fs::write("/proc/self/clear_refs", "5"));
    let before = status("VmRSS:");
    let start = Instant::now();
    run();
    (start.elapsed(), status("VmHWM:").saturating_sub(before))
}

/// A number of bytes that the system says of this process.
fn status(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
    line.trim_matches(|c: char| !c.is_ascii_digit()).parse::<u64>().map_or(0, |kib| kib << 10)
}

/// Three components of six letters, the same for each number in every run (splitmix64).
fn random(number: u64) -> String {
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut name = String::with_capacity(20);
    for place in 0..18 {
        if place % 6 == 0 && place > 0 {
            name.push('.');
        }
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        name.push(char::from(b'a' + ((mixed ^ (mixed >> 31)) % 26) as u8));
    }
    name
}

/// A file of these names, and its lock beside it.
fn file(directory: &Path, title: &str, count: usize, name: &dyn Fn(usize) -> String) -> PathBuf {
    let path = directory.join(format!("{}-{count}.safetensors", title.replace(' ', "-")));
    if path.exists() {
        return path;
    }
    let mut header = String::from("{");
    for i in 0..count {
        let (comma, begin) = (if i == 0 { "" } else { "," }, 4 * i);
        let end = begin + 4;
        write!(header, r#"{comma}"{}":{{"dtype":"F32","shape":[1],"data_offsets":[{begin},{end}]}}"#, name(i))
            .expect("a string can be written");
    }
    header.push('}');
    let mut out = File::create(&path).expect("the directory can be written");
    out.write_all(&(header.len() as u64).to_le_bytes()).expect("there is room");
    out.write_all(header.as_bytes()).expect("there is room");
    out.set_len((8 + header.len() + 4 * count) as u64).expect("there is room");
    let lock = open(&path).lock().expect("names are distinct").to_string();
    std::fs::write(path.with_extension("lock"), lock).expect("there is room");
    path
}
