//! Any text as an index of shards, beside shards of any headers.
//!
//! An input is the index, and then up to two shards. A line `#SHARD n` begins each: what follows it is the text of a header, and
//! the file has n bytes of elements behind it.

use std::cell::OnceCell;
use std::path::Path;

use tempfile::TempDir;
use weighbridge::Checkpoint;

use crate::opened::readable;

const SHARD: &[u8] = b"\n#SHARD ";
const NAMES: [&str; 2] = ["a.safetensors", "b.safetensors"];
/// The most elements of a shard, in bytes.
const MOST: usize = 4096;

thread_local! {
    static DIRECTORY: OnceCell<TempDir> = const { OnceCell::new() };
}

/// Writes the files, and opens the index.
pub fn run(bytes: &[u8]) {
    DIRECTORY.with(|directory| open(bytes, directory.get_or_init(|| tempfile::tempdir().expect("a folder")).path()));
}

fn open(bytes: &[u8], directory: &Path) {
    let parts = split(bytes);
    for (i, name) in NAMES.iter().enumerate() {
        let path = directory.join(name);
        match parts.get(i + 1) {
            Some(part) => std::fs::write(path, shard(part)).expect("a shard"),
            None => std::fs::remove_file(path).unwrap_or(()),
        }
    }
    let index = directory.join("model.safetensors.index.json");
    std::fs::write(&index, parts[0]).expect("an index");
    match Checkpoint::open(&index) {
        Ok(checkpoint) => {
            let found: usize = checkpoint.iter().map(|entry| entry.byte_len()).sum();
            assert!(found <= NAMES.len() * MOST, "{found} bytes");
            assert!(checkpoint.iter().all(|entry| checkpoint.tensor(entry.name()).is_ok()));
        }
        Err(error) => readable(&error.to_string(), 64 << 10),
    }
}

/// The parts of an input: what stands before, between and behind the lines that begin a shard.
fn split(mut bytes: &[u8]) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    while let Some(at) = bytes.windows(SHARD.len()).position(|window| window == SHARD) {
        parts.push(&bytes[..at]);
        bytes = &bytes[at + SHARD.len()..];
    }
    parts.push(bytes);
    parts
}

/// The file of a shard: the length of its header, the header, zeros.
fn shard(part: &[u8]) -> Vec<u8> {
    let end = part.iter().position(|&byte| byte == b'\n').unwrap_or(part.len());
    let elements: usize =
        std::str::from_utf8(&part[..end]).ok().and_then(|number| number.trim().parse().ok()).unwrap_or(0);
    let header = part.get(end + 1..).unwrap_or_default();
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend(header);
    file.resize(file.len() + elements.min(MOST), 0);
    file
}
