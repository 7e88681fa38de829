//! Files that are far larger than the memory there is.
//!
//! The work is done by this very program, started again under a limit of the shell on its address space.
#![cfg(target_os = "linux")]
#![allow(missing_docs)]

mod common;

use std::env;
use std::fs::{self, File};
use std::io::Write;
use std::ops::ControlFlow;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::{Command, Output};

use weighbridge::{Checkpoint, DType};
use weighbridge_tools::convert::{Options, convert};
use weighbridge_tools::diff::{self, diff};

const IN: &str = "WEIGHBRIDGE_TEST_IN";
const OUT: &str = "WEIGHBRIDGE_TEST_OUT";
const CAST: &str = "WEIGHBRIDGE_TEST_CAST";
/// The most address space of the child in KiB.
const LIMIT: u64 = 64 << 10;

/// Runs one of the ignored tests below in a process of its own, within the limit.
fn limited(test: &str, variables: &[(&str, &Path)], cast: Option<&str>) -> Output {
    let program = env::current_exe().unwrap();
    let mut command = Command::new("sh");
    command
        .args([
            "-c",
            &format!("ulimit -v {LIMIT} && exec \"$0\" --ignored --exact {test} --test-threads=1 --nocapture"),
        ])
        .arg(program)
        // of each thread the allocator would reserve 64 MiB that are never used
        .env("MALLOC_ARENA_MAX", "1")
        // a trace of a failure reads all debug info into memory
        .env("RUST_BACKTRACE", "0")
        .envs(variables.iter().copied());
    if let Some(cast) = cast {
        command.env(CAST, cast);
    }
    command.output().unwrap()
}

/// A file of so many `F32`, all zero but for the last, that takes no place on the disk.
fn sparse(path: &Path, elements: u64) {
    let end = elements * 4;
    let header = format!(r#"{{"w":{{"dtype":"F32","shape":[{elements}],"data_offsets":[0,{end}]}}}}"#);
    let mut file = File::create(path).unwrap();
    file.write_all(&(header.len() as u64).to_le_bytes()).unwrap();
    file.write_all(header.as_bytes()).unwrap();
    file.write_all_at(&1.5f32.to_le_bytes(), 8 + header.len() as u64 + end - 4).unwrap();
}

#[test]
#[ignore = "started by the tests below"]
fn child_converts() {
    let (Some(input), Some(out)) = (env::var_os(IN), env::var_os(OUT)) else { return };
    let mut options = Options::new();
    if let Ok(cast) = env::var(CAST) {
        options = options.cast(cast.parse::<DType>().unwrap());
    }
    let checkpoint = Checkpoint::open(Path::new(&input)).unwrap();
    convert(&checkpoint, Path::new(&out), &options, &mut |_| ControlFlow::Continue(())).unwrap();
}

#[test]
#[ignore = "started by the tests below"]
fn child_compares() {
    let (Some(a), Some(b)) = (env::var_os(IN), env::var_os(OUT)) else { return };
    let [a, b] = [a, b].map(|path| Checkpoint::open(Path::new(&path)).unwrap());
    let found = diff(&a, &b, &diff::Options::new().values(true), &mut |_| ControlFlow::Continue(())).unwrap();
    assert!(found.same, "{found}");
}

#[test]
#[ignore = "started by the tests below"]
fn child_loads() {
    let Some(input) = env::var_os(IN) else { return };
    let checkpoint = Checkpoint::open(Path::new(&input)).unwrap();
    // the refusal is what the parent looks for
    match checkpoint.tensor("w") {
        Ok(_) => println!("loaded"),
        Err(error) => println!("{error}"),
    }
}

#[test]
fn files_larger_than_memory_are_converted_and_compared() {
    const MIB: u64 = 1 << 20;
    let scratch = tempfile::tempdir().unwrap();
    let (input, out) = (scratch.path().join("in.safetensors"), scratch.path().join("out.safetensors"));
    let npz = scratch.path().join("out.npz");

    // the limit is one: a tensor of that size cannot be loaded
    sparse(&input, 128 * MIB);
    let refused = limited("child_loads", &[(IN, &input)], None);
    assert!(String::from_utf8_lossy(&refused.stdout).contains("there is no memory for its"), "{refused:?}");

    let run = |test: &str, input: &Path, out: &Path, cast| {
        let done = limited(test, &[(IN, input), (OUT, out)], cast);
        assert!(done.status.success(), "{done:?}");
        assert!(String::from_utf8_lossy(&done.stdout).contains("1 passed"), "{done:?}");
    };
    let convert = |input: &Path, out: &Path, cast| run("child_converts", input, out, cast);
    // eight times the limit, from one file to another
    convert(&input, &out, None);
    assert_eq!(fs::metadata(&out).unwrap().len() / MIB, 512);
    last(&out, &1.5f32.to_le_bytes());

    // twice the limit through a cast and to an archive, whose bytes are looked at one by one
    sparse(&input, 32 * MIB);
    convert(&input, &out, Some("BF16"));
    last(&out, &half::bf16::from_f32(1.5).to_le_bytes());
    convert(&input, &npz, None);
    assert_eq!(fs::metadata(&npz).unwrap().len() / MIB, 128);
    convert(&npz, &out, None);
    run("child_compares", &npz, &out, None);
    last(&out, &1.5f32.to_le_bytes());
}

/// Looks at the last bytes of a safetensors file, which are its last element.
fn last<const N: usize>(path: &Path, expected: &[u8; N]) {
    let file = File::open(path).unwrap();
    let mut found = [0; N];
    file.read_exact_at(&mut found, file.metadata().unwrap().len() - N as u64).unwrap();
    assert_eq!(&found, expected, "{}", path.display());
}
