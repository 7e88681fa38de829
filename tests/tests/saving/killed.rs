//! Saves that are killed, and what they find at the place where they save.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use wb::{Checkpoint, DType, Saver, TensorSpec, WriteError};

/// What a child is told: which save it does, and where.
const SAVE: &str = "WEIGHBRIDGE_SAVE";
const INTO: &str = "WEIGHBRIDGE_INTO";

/// Runs one of these tests in a process of its own, which saves and does nothing else.
fn child(test: &str, save: &str, into: &Path) -> Child {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", &format!("killed::{test}"), "--nocapture"]).env(SAVE, save).env(INTO, into);
    child.stdout(Stdio::null()).spawn().unwrap()
}

/// Waits for this, but not for ever.
fn wait(what: &str, is_there: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_there() {
        assert!(start.elapsed() < Duration::from_secs(60), "{what} did not come");
        sleep(Duration::from_millis(1));
    }
}

fn kill(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = entries.collect();
    names.sort();
    names
}

fn ones(path: &Path) {
    let specs = [TensorSpec::new("a", DType::U8, [2])];
    Saver::new().write::<WriteError>(path, &specs, |_, sink| sink.put(&[1, 1])).unwrap();
}

#[test]
fn leftovers_go_with_the_next_save_and_running_ones_stay() {
    let test = "leftovers_go_with_the_next_save_and_running_ones_stay";
    if let (Ok(save), Some(into)) = (std::env::var(SAVE), std::env::var_os(INTO)) {
        let into = Path::new(&into);
        let specs = [TensorSpec::new("a", DType::U8, [2])];
        let path = into.join(format!("{save}.safetensors"));
        let done = Saver::new().write::<WriteError>(&path, &specs, |_, sink| {
            sink.put(&[7])?;
            fs::write(into.join(format!("{save}.begun")), "").unwrap();
            wait("the other end", || into.join("go").exists());
            sink.put(&[8])
        });
        return drop(done.unwrap());
    }
    let scratch = tempfile::tempdir().unwrap();
    let here = |name: &str| scratch.path().join(name);
    let [killed, mut running] = ["killed", "running"].map(|save| child(test, save, scratch.path()));
    for save in ["killed", "running"] {
        wait(save, || here(&format!("{save}.begun")).exists());
    }
    let staged = |child: &Child| format!(".weighbridge-save-{}-0", child.id());
    let (left, kept) = (staged(&killed), staged(&running));
    kill(killed);
    assert!(here(&left).exists() && here(&kept).exists(), "{:?}", names(scratch.path()));

    ones(&here("killed.safetensors"));
    assert!(!here(&left).exists() && here(&kept).exists(), "{:?}", names(scratch.path()));
    fs::write(here("go"), "").unwrap();
    assert!(running.wait().unwrap().success());
    let expected = ["go", "killed.begun", "killed.safetensors", "running.begun", "running.safetensors"];
    assert_eq!(names(scratch.path()), expected);
    let saved = |name: &str| Checkpoint::open(here(name)).unwrap().tensor("a").unwrap().as_bytes().to_vec();
    assert_eq!((saved("killed.safetensors"), saved("running.safetensors")), (vec![1, 1], vec![7, 8]));
}

#[test]
fn a_set_that_was_killed_in_the_middle_is_replaced() {
    const SHARDS: usize = 300;
    let specs: Vec<TensorSpec> = (0..SHARDS).map(|i| TensorSpec::new(format!("t{i}"), DType::U8, [1])).collect();
    let save = |into: &Path, byte: u8| {
        Saver::new().max_shard_size(1).write::<WriteError>(into, &specs, |_, sink| sink.put(&[byte])).unwrap();
    };
    if let Some(into) = std::env::var_os(INTO) {
        return save(Path::new(&into), 1);
    }
    // it may be done before it is killed
    for _ in 0..50 {
        let scratch = tempfile::tempdir().unwrap();
        let (first, index) = ("model-00001-of-00300.safetensors", "model.safetensors.index.json");
        let child = child("a_set_that_was_killed_in_the_middle_is_replaced", "shards", scratch.path());
        let start = Instant::now();
        while !scratch.path().join(first).exists() {
            assert!(start.elapsed() < Duration::from_secs(60), "there is no shard");
        }
        kill(child);
        if scratch.path().join(index).exists() {
            continue;
        }
        let left = names(scratch.path());
        assert!(left.len() <= SHARDS && left.iter().any(|name| name.starts_with(".weighbridge-save-")), "{left:?}");
        save(scratch.path(), 2);
        let saved = Checkpoint::open(scratch.path()).unwrap();
        assert_eq!((saved.len(), saved.file_count()), (SHARDS, SHARDS));
        assert_eq!(names(scratch.path()).len(), SHARDS + 1);
        assert_eq!(saved.tensor("t0").unwrap().as_bytes(), [2]);
        return;
    }
    panic!("it was never in the middle");
}

#[test]
fn what_is_no_file_is_not_replaced() {
    let scratch = tempfile::tempdir().unwrap();
    let pipe = scratch.path().join("pipe.safetensors");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let link = scratch.path().join("link.npz");
    std::os::unix::fs::symlink("/dev/null", &link).unwrap();
    for (path, what) in [(&pipe, "it is a pipe, "), (&link, "it is a device, ")] {
        let specs = [TensorSpec::new("a", DType::U8, [2])];
        let error = Saver::new().write::<WriteError>(path, &specs, |_, _| panic!("nothing is read")).unwrap_err();
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(source.starts_with(what) && source.ends_with("; give the path of a file"), "{source}");
    }
    assert_eq!(names(scratch.path()), ["link.npz", "pipe.safetensors"]);
}

#[test]
fn rights_are_kept_and_nothing_else() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("a.safetensors");
    for (mode, kept) in [(0o640, 0o640), (0o4755, 0o755), (0o2775, 0o775), (0o1600, 0o600)] {
        ones(&path);
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        ones(&path);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, kept, "{mode:o}");
    }
}
