//! What 10,000, 100,000 and 1,000,000 tensors take: processor time and memory of each operation that takes a whole checkpoint,
//! and how they grow. The tensors are of one element, so only their number counts. Each is done in a process of its own, three
//! times, the quickest of which counts.
//!
//! `cargo bench -p weighbridge-benches --bench scale`

use std::fmt::Write as _;
use std::fs::File;
use std::hint::black_box;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

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

/// The operations. `save` is measured alone, with the tensors there already.
const OPERATIONS: [&str; 5] = ["lock", "check against its own lock", "inspect", "load", "save"];

/// Which names the tensors have.
const NAMES: [&str; 2] = ["list", "random"];

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, operation, path] = arguments.as_slice()
        && OPERATIONS.contains(&operation.as_str())
    {
        let (ns, bytes) = measured(operation, Path::new(path));
        return println!("{ns} {bytes}");
    }
    let scratch = tempfile::tempdir().expect("the temporary directory can be written");
    for names in NAMES {
        let files: Vec<PathBuf> = SIZES.iter().map(|&count| file(scratch.path(), names, count)).collect();
        println!("names: {names}; ms, and MiB at the most, each with how many times those of a tenth");
        for operation in OPERATIONS {
            // a struct has no random names
            if names == "list" || !matches!(operation, "load" | "save") {
                row(operation, &files);
            }
        }
    }
}

fn row(operation: &str, files: &[PathBuf]) {
    let mut line = format!("  {operation:<27}");
    let mut before: Option<(f64, f64)> = None;
    for path in files {
        let runs: Vec<(f64, f64)> = (0..3).map(|_| apart(operation, path)).collect();
        let ms = runs.iter().map(|(ms, _)| *ms).fold(f64::INFINITY, f64::min);
        let mib = runs.iter().map(|(_, mib)| *mib).fold(0.0, f64::max);
        let written = match before {
            None => write!(line, "{ms:>8.1}{mib:>8.1}"),
            Some((ms_before, mib_before)) => {
                write!(line, "  |{ms:>8.1} {:>5.1} x{mib:>8.1} {:>5.1} x", ms / ms_before, mib / mib_before)
            }
        };
        written.expect("a string can be written");
        before = Some((ms, mib));
    }
    if operation == "save"
        && let (Some((_, mib)), Some(header)) = (before, files.last().and_then(|path| header_byte_len(path)))
    {
        write!(line, "  |{:>5.2} headers", mib * f64::from(1 << 20) / header).expect("a string can be written");
    }
    println!("{line}");
}

/// The length of a file's header.
fn header_byte_len(path: &Path) -> Option<f64> {
    let bytes = std::fs::read(path).ok()?;
    Some(u64::from_le_bytes(*bytes.first_chunk()?) as f64)
}

/// Does an operation in another process: ms and MiB.
fn apart(operation: &str, path: &Path) -> (f64, f64) {
    let own = std::env::current_exe().expect("this program is a file");
    let output = Command::new(own).arg(operation).arg(path).output().expect("this program starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut numbers = text.split_whitespace().filter_map(|number| number.parse::<f64>().ok());
    let mut next = || numbers.next().expect("the other process prints two numbers");
    (next() / 1e6, next() / f64::from(1 << 20))
}

/// Does an operation once. Its processor time in nanoseconds, and what it holds at the most, in bytes.
fn measured(operation: &str, path: &Path) -> (u64, u64) {
    let module = (operation == "save").then(|| layers(path));
    // the most so far is forgotten (proc(5))
    drop(std::fs::write("/proc/self/clear_refs", "5"));
    let (memory, start, time) = (status("VmRSS:"), Instant::now(), processor());
    match operation {
        "lock" => done(open(path).lock().expect("names are distinct").to_string()),
        "check against its own lock" => {
            let text = std::fs::read_to_string(path.with_extension("lock")).expect("it was just written");
            let lock: Lock = text.parse().expect("it was just written");
            done(weighbridge::lock::check(&lock, "own.lock", path).expect("it is its own"));
        }
        "inspect" => done(inspect(&open(path)).expect("there is memory").to_string()),
        "load" => done(layers(path)),
        _ => {
            let module = module.as_ref().expect("it is loaded for a save");
            module.save_weights(path.with_extension("saved.safetensors")).expect("there is room");
        }
    }
    let ns = match (time, processor()) {
        (Some(before), Some(after)) => after.saturating_sub(before),
        _ => u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX),
    };
    (ns, status("VmHWM:").saturating_sub(memory))
}

/// The processor time of this thread in nanoseconds, as Linux says it.
fn processor() -> Option<u64> {
    std::fs::read_to_string("/proc/self/schedstat").ok()?.split_whitespace().next()?.parse().ok()
}

/// A number of bytes that the system says of this process; 0 if it does not.
fn status(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
    line.trim_matches(|c: char| !c.is_ascii_digit()).parse::<u64>().map_or(0, |kib| kib << 10)
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
fn file(directory: &Path, names: &str, count: usize) -> PathBuf {
    let path = directory.join(format!("{names}-{count}.safetensors"));
    let name = |i: usize| if names == "list" { format!("layers.{i}.weight") } else { random(i as u64) };
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
