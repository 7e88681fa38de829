//! Files whose names, headers and indices take more memory than there is: refused like any other file, and the process goes
//! on. Each is opened by a process of its own, in address spaces of many sizes.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use wb::{Checkpoint, CheckpointError, LoadError, Loader, Module, ProblemKind, Rule, Tensor};
use weighbridge_tests::files::{npy, npz, raw_safetensors};
use weighbridge_tests::gguf::gguf;
use weighbridge_tests::torch::{dict, with_pair};

/// The name of the test that the child runs, and of the variable that tells it what to open.
const CHILD: &str = "no_memory::there_is_an_error_where_there_is_no_memory";
const OPENED: &str = "WEIGHBRIDGE_OPENED";

#[derive(Module)]
#[module(crate = wb)]
struct One {
    #[param(shape = [2])]
    w: Tensor<f32>,
}

/// How many names there are.
const COUNT: usize = 30_000;

fn header(describe: impl Fn(usize) -> String) -> Vec<u8> {
    let tensors: Vec<String> = (0..COUNT).map(describe).collect();
    raw_safetensors(&format!("{{{}}}", tensors.join(",")), &[])
}

/// Files of some MiB each.
fn files(directory: &Path) -> Vec<PathBuf> {
    let empty = |i: usize, shape: &str| {
        format!(r#""layers.{i:040}.weight":{{"dtype":"U8","shape":{shape},"data_offsets":[0,0]}}"#)
    };
    let padded = format!(r#"{{{}}}{}"#, empty(0, "[0]"), " ".repeat(8 << 20));
    let metadata: Vec<String> = (0..COUNT).map(|i| format!(r#""{i:020}":"{i:020}""#)).collect();
    let members: Vec<(String, Vec<u8>)> =
        (0..COUNT).map(|i| (format!("layers.{i:040}.npy"), npy("<f4", false, "(0,)", &[]))).collect();
    let members: Vec<(&str, Vec<u8>)> = members.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
    let (mut index, mut lock) = (String::from(r#"{"weight_map":{"#), String::from("# weighbridge lock 1\n"));
    for i in 0..COUNT {
        let comma = if i == 0 { "" } else { "," };
        write!(index, r#"{comma}"layers.{i:040}":"absent.safetensors""#).unwrap();
        writeln!(lock, "a.layer_{i:020}.b.weight F32 [2]").unwrap();
    }
    index.push_str("}}");
    let names: Vec<String> = (0..COUNT).map(|i| format!("layers.{i:040}.weight")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let tensors: Vec<(&str, &[u64], &[u8])> = names.iter().map(|name| (*name, &[0, 2][..], &[][..])).collect();
    let files = [
        ("padded.safetensors", raw_safetensors(&padded, &[])),
        ("names.safetensors", header(|i| empty(i, "[0]"))),
        ("shapes.safetensors", header(|i| empty(i, &format!("[{i},0,1,2,3,4]")))),
        // with a mistake, which the other reader looks for
        ("twice.safetensors", header(|i| empty(i, "[0],\"shape\":[0]"))),
        ("metadata.safetensors", raw_safetensors(&format!(r#"{{"__metadata__":{{{}}}}}"#, metadata.join(",")), &[])),
        ("many.npz", npz(&members)),
        ("many.gguf", gguf(&[], &tensors)),
        #[cfg(feature = "torch")]
        ("many.pt", with_pair(&dict(&names, |pickle, _| pickle.pair()))),
        ("many.safetensors.index.json", index.into_bytes()),
        ("many.lock", lock.into_bytes()),
    ];
    let write = |(name, bytes): (&str, Vec<u8>)| {
        let path = directory.join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    files.into_iter().map(write).collect()
}

/// What a process with so many KiB of address space makes of a file; `None` if it cannot even begin.
fn opened(path: &Path, limit: usize) -> Option<String> {
    let mut child = Command::new("sh");
    child.args(["-c", &format!("ulimit -v {limit} && exec \"$@\""), "sh"]).arg(std::env::current_exe().unwrap());
    child.args(["--exact", CHILD, "--nocapture", "--test-threads=1"]).env(OPENED, path);
    // otherwise the allocator would reserve 64 MiB for each thread
    let output = child.env("MALLOC_ARENA_MAX", "1").output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let (_, said) = text.split_once("begun, ")?;
    assert!(output.status.success(), "{} in {limit} KiB: {output:?}", path.display());
    Some(said.lines().next().unwrap_or_default().to_owned())
}

#[test]
fn there_is_an_error_where_there_is_no_memory() {
    if let Some(path) = std::env::var_os(OPENED) {
        print!("begun, ");
        match Checkpoint::open(Path::new(&path)) {
            Ok(checkpoint) => {
                // neither its lock nor a comparison aborts
                let lock = checkpoint.lock().map(|lock| lock.lines().len());
                let loader = Loader::new().missing(Rule::Allow).unexpected(Rule::Allow);
                let check = loader.check::<One>(&checkpoint);
                match lock.map_err(LoadError::from).and(check) {
                    Err(LoadError::Container { problems, .. }) => println!("{:?}: {}", problems[0].kind, problems[0]),
                    _ => println!("opened {}", checkpoint.len()),
                }
            }
            Err(CheckpointError::Container { problems, .. }) => println!("{:?}: {}", problems[0].kind, problems[0]),
            Err(other) => println!("{other:?}"),
        }
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    for path in files(directory.path()) {
        let (mut refused, mut last) = (0, String::new());
        for limit in (8..=128).step_by(4).map(|mib| mib << 10) {
            last = match opened(&path, limit) {
                Some(said) => said,
                None => continue,
            };
            if !last.contains("there is no memory for ") {
                break;
            }
            assert!(last.starts_with(&format!("{}: ", ProblemKind::Limit)), "{last}");
            assert!(last.contains("; free some, or allow the process more"), "{last}");
            refused += 1;
        }
        assert!(refused > 0, "{} is never refused: {last}", path.display());
        let expected = match path.file_name().unwrap().to_str().unwrap() {
            "padded.safetensors" => "opened 1",
            "metadata.safetensors" => "opened 0",
            "twice.safetensors" => "Duplicate: ",
            "many.safetensors.index.json" => "Index: ",
            _ => "opened 30000",
        };
        assert!(last.starts_with(expected), "{}: {last}", path.display());
    }
}
