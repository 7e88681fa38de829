//! The most memory that an owned load of 1 GiB holds, in a process of its own: the tensors' bytes and how much more.
//!
//! `cargo bench -p weighbridge-benches --bench memory`

use weighbridge::Module;
use weighbridge_benches::{Large, large};

/// The most memory that this process ever held, in bytes. Linux only: elsewhere there is nothing to print.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? * 1024)
}

fn main() {
    let path = large();
    let before = peak();
    let model = Large::from_weights(path).expect("the file is right");
    let bytes: u64 = model.parameters().iter().map(|(_, view)| view.byte_len() as u64).sum();
    match (before, peak()) {
        (Some(before), Some(after)) => println!(
            "tensors {bytes} bytes; peak {after} bytes, of which {before} before the load: {:.4} times the tensors",
            after as f64 / bytes as f64
        ),
        _ => println!("this system does not tell a process its peak memory"),
    }
}
