//! What is in this file? No struct is needed.
//!
//! `cargo run --example inspect -- PATH`, where `PATH` is a `.safetensors` or `.npz` file, an index of shards, or a directory.

use std::collections::BTreeMap;

use weighbridge::{Checkpoint, LoadError};

const DEFAULT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/llama-sharded");

fn main() -> std::process::ExitCode {
    let path = std::env::args().nth(1).unwrap_or_else(|| DEFAULT.to_owned());
    match inspect(&path) {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            // the causes, such as an error of the system
            let mut source = std::error::Error::source(&error);
            while let Some(cause) = source {
                eprintln!("  {cause}");
                source = cause.source();
            }
            std::process::ExitCode::FAILURE
        }
    }
}

fn inspect(path: &str) -> Result<(), LoadError> {
    // reads headers only, however large the file is
    let checkpoint = Checkpoint::open(path)?;
    println!("{}", checkpoint.label());
    for (key, value) in checkpoint.metadata() {
        println!("metadata    {} = {}", key.escape_debug(), value.escape_debug());
    }

    let width = checkpoint.iter().map(|entry| entry.name().chars().count()).max().unwrap_or(0);
    let mut totals = BTreeMap::new();
    for entry in checkpoint.iter() {
        // a name comes from the file, so escape it before a terminal sees it
        let name = entry.name().escape_debug().to_string();
        print!("{name:<width$}  {:<5} {:<16}", entry.dtype(), entry.shape().to_string());
        print!("{:>10} bytes at {:>8}", entry.byte_len(), entry.offset());
        if checkpoint.file_count() > 1 {
            print!("  {}", entry.file().escape_debug());
        }
        println!();
        let (tensor_count, byte_len) = totals.entry(entry.dtype()).or_insert((0, 0));
        *tensor_count += 1;
        *byte_len += entry.byte_len();
    }

    println!("\ndtype  tensors         bytes");
    for (dtype, (tensor_count, byte_len)) in &totals {
        println!("{dtype:<5}  {tensor_count:>7}  {byte_len:>12}");
    }
    let byte_len: usize = totals.values().map(|(_, byte_len)| byte_len).sum();
    println!("{:<5}  {:>7}  {byte_len:>12}", "all", checkpoint.len());
    Ok(())
}
