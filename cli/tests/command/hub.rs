//! Every command on addresses of the Hub, whose cache lies on this machine as `huggingface_hub` leaves it.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::{Ran, command, fixture, run};

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
const MODEL: &str = "hf://org/llama";

/// A cache with a sharded model: links to blobs, one of which is a link into the store that all repositories share.
fn cache() -> TempDir {
    let cache = tempfile::tempdir().unwrap();
    let model = cache.path().join("hub/models--org--llama");
    let snapshot = model.join("snapshots").join(COMMIT);
    for folder in ["blobs", "refs/refs/pr"] {
        fs::create_dir_all(model.join(folder)).unwrap();
    }
    fs::create_dir_all(&snapshot).unwrap();
    fs::write(model.join("refs/main"), COMMIT).unwrap();
    fs::write(model.join("refs/refs/pr/1"), COMMIT).unwrap();
    for (number, file) in fs::read_dir(fixture("llama-sharded")).unwrap().enumerate() {
        let file = file.unwrap();
        let blob = format!("{number:064x}");
        if number == 0 {
            let shared = cache.path().join("hub/blobs/ff");
            fs::create_dir_all(&shared).unwrap();
            fs::copy(file.path(), shared.join("xet")).unwrap();
            symlink("../../blobs/ff/xet", model.join("blobs").join(&blob)).unwrap();
        } else {
            fs::copy(file.path(), model.join("blobs").join(&blob)).unwrap();
        }
        symlink(format!("../../blobs/{blob}"), snapshot.join(file.file_name())).unwrap();
    }
    cache
}

/// A command that finds the cache only where this variable says that it is.
fn within<const N: usize>(variable: &str, value: &Path, args: [&str; N]) -> Ran {
    let mut command = command(args);
    for name in ["HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME"] {
        command.env_remove(name);
    }
    Ran::from(command.env("HOME", "/nowhere").env(variable, value).output().unwrap())
}

#[test]
fn every_command_takes_an_address_that_the_cache_has() {
    let cache = cache();
    let hub = |args: &[&str]| {
        let mut command = command(args);
        Ran::from(command.env("HF_HUB_CACHE", cache.path().join("hub")).output().unwrap())
    };
    let folder = "fixtures/llama-sharded";
    let lock = run(["lock", folder]).quiet(0);
    assert_eq!(hub(&["lock", MODEL]).quiet(0), lock);
    assert_eq!(hub(&["lock", "hf://org/llama@refs%2Fpr%2F1/model.safetensors.index.json"]).quiet(0), lock);
    let locked = cache.path().join("model.lock");
    fs::write(&locked, &lock).unwrap();
    hub(&["check", &format!("{MODEL}@{COMMIT}"), "--lock", &locked.to_string_lossy()]).quiet(0);
    hub(&["diff", MODEL, folder, "--values"]).quiet(0);
    let shard = "model-00001-of-00004.safetensors";
    let one = hub(&["inspect", &format!("{MODEL}/{shard}"), "--json"]).json(0);
    let names = |document: &Value| -> Vec<String> {
        document["tensors"].as_array().unwrap().iter().map(|tensor| tensor["name"].to_string()).collect()
    };
    assert_eq!(names(&one), names(&run(["inspect", &format!("{folder}/{shard}"), "--json"]).json(0)));
    let whole = cache.path().join("whole.safetensors");
    hub(&["convert", MODEL, &whole.to_string_lossy()]);
    run(["diff", &whole.to_string_lossy(), folder, "--values"]).quiet(0);
    let code = hub(&["generate", MODEL, "--name", "Llama"]).quiet(0);
    assert!(code.contains("pub struct Llama"), "{code}");
    // the configuration beside an address is the address's
    assert!(code.contains("config_file(\"hf://org/llama/config.json\")"), "{code}");
}

#[test]
fn each_variable_says_where_the_cache_is() {
    let cache = cache();
    let (hub, root) = (cache.path().join("hub"), cache.path());
    let moved = tempfile::tempdir().unwrap();
    for folder in [".cache/huggingface", "huggingface"] {
        fs::create_dir_all(moved.path().join(folder)).unwrap();
        symlink(&hub, moved.path().join(folder).join("hub")).unwrap();
    }
    for (variable, value) in [
        ("HF_HUB_CACHE", hub.as_path()),
        ("HUGGINGFACE_HUB_CACHE", &hub),
        ("HF_HOME", root),
        ("XDG_CACHE_HOME", moved.path()),
        ("HOME", moved.path()),
    ] {
        within(variable, value, ["lock", MODEL]).quiet(0);
    }
    let text = within("HF_HUB_CACHE", root, ["lock", MODEL]).failure();
    let hub = root.display();
    assert_eq!(
        text,
        format!(
            "error: {MODEL} could not be read\n  caused by: the Hub's cache, `{hub}`, does not have it; download them with `hf download \
             org/llama`, or set `HF_HUB_CACHE` to the folder of another cache\n"
        )
    );
}

#[test]
fn a_part_of_a_snapshot_is_refused_with_the_command_that_fetches_the_rest() {
    let cache = cache();
    let hub = cache.path().join("hub");
    let snapshot = hub.join("models--org--llama/snapshots").join(COMMIT);
    let shard = "model-00002-of-00004.safetensors";
    fs::remove_file(snapshot.join(shard)).unwrap();
    let text = within("HF_HUB_CACHE", &hub, ["lock", MODEL]).failure();
    let command = format!("download it with `hf download org/llama {shard} --revision {COMMIT}`");
    assert!(text.contains(&format!("the index names this shard, and it is not there; {command}")), "{text}");
    for file in fs::read_dir(&snapshot).unwrap() {
        fs::remove_file(file.unwrap().path()).unwrap();
    }
    fs::write(snapshot.join("config.json"), "{}").unwrap();
    let text = within("HF_HUB_CACHE", &hub, ["lock", MODEL]).failure();
    assert!(text.contains(&format!("; download them with `hf download org/llama --revision {COMMIT}`")), "{text}");
}
