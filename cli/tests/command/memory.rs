//! Files far larger than memory, under a limit of the shell on the address space.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::{Command, Output};

/// The address space that the command may have, in KiB.
const LIMIT: u64 = 64 << 10;
const MIB: u64 = 1 << 20;

/// Runs a program within the limit.
fn limited<S: AsRef<OsStr>>(program: &str, arguments: &[S]) -> Output {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("ulimit -v {LIMIT} && exec \"$@\""), "sh", program]).args(arguments);
    // otherwise the allocator would reserve 64 MiB for each thread and never use them
    command.env("MALLOC_ARENA_MAX", "1").env("RUST_BACKTRACE", "0").output().unwrap()
}

fn weighbridge<S: AsRef<OsStr>>(arguments: &[S]) {
    let done = limited(env!("CARGO_BIN_EXE_weighbridge"), arguments);
    assert!(done.status.success(), "{done:?}");
}

/// A sparse file with this many `F32`, all zero except the last.
fn sparse(path: &Path, elements: u64) {
    let end = elements * 4;
    let header = format!(r#"{{"w":{{"dtype":"F32","shape":[{elements}],"data_offsets":[0,{end}]}}}}"#);
    let mut file = File::create(path).unwrap();
    file.write_all(&(header.len() as u64).to_le_bytes()).unwrap();
    file.write_all(header.as_bytes()).unwrap();
    file.write_all_at(&1.5f32.to_le_bytes(), 8 + header.len() as u64 + end - 4).unwrap();
}

#[test]
fn files_larger_than_memory_are_converted_and_compared() {
    let scratch = tempfile::tempdir().unwrap();
    let [input, out, npz] = ["in.safetensors", "out.safetensors", "out.npz"].map(|name| scratch.path().join(name));
    let convert = |input: &Path, out: &Path, more: &[&str]| {
        let mut arguments: Vec<&OsStr> = vec!["convert".as_ref(), input.as_ref(), out.as_ref()];
        arguments.extend(more.iter().map(OsStr::new));
        weighbridge(&arguments);
    };
    // the limit holds
    let shell = limited("sh", &["-c", "ulimit -v"]);
    assert_eq!(String::from_utf8_lossy(&shell.stdout).trim(), LIMIT.to_string());

    // eight times the limit, from one file to another
    sparse(&input, 128 * MIB);
    convert(&input, &out, &[]);
    assert_eq!(fs::metadata(&out).unwrap().len() / MIB, 512);
    last(&out, &1.5f32.to_le_bytes());

    // twice the limit through a cast, and to an archive, whose checksum takes every byte
    sparse(&input, 32 * MIB);
    convert(&input, &out, &["--cast", "bf16"]);
    last(&out, &half::bf16::from_f32(1.5).to_le_bytes());
    convert(&input, &npz, &[]);
    assert_eq!(fs::metadata(&npz).unwrap().len() / MIB, 128);
    convert(&npz, &out, &[]);
    weighbridge(&["diff".as_ref(), "--values".as_ref(), npz.as_os_str(), out.as_os_str()]);
    last(&out, &1.5f32.to_le_bytes());
}

/// Compares the last bytes of a safetensors file, which are its last element.
fn last<const N: usize>(path: &Path, expected: &[u8; N]) {
    let file = File::open(path).unwrap();
    let mut found = [0; N];
    file.read_exact_at(&mut found, file.metadata().unwrap().len() - N as u64).unwrap();
    assert_eq!(&found, expected, "{}", path.display());
}
