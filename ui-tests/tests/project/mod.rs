//! Where trybuild compiles its cases, and what lies there.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Cargo's own word for it, which is trybuild's as well.
pub(crate) fn target() -> PathBuf {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version=1", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    PathBuf::from(metadata["target_directory"].as_str().unwrap())
}

/// Makes a directory a copy of another, as far as it is not one already: a file that is written again is compiled again.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(to).unwrap() {
        let path = entry.unwrap().path();
        if !from.join(path.file_name().unwrap()).exists() {
            if path.is_dir() { fs::remove_dir_all(path).unwrap() } else { fs::remove_file(path).unwrap() }
        }
    }
    for entry in fs::read_dir(from).unwrap() {
        let (from, to) = {
            let from = entry.unwrap().path();
            let to = to.join(from.file_name().unwrap());
            (from, to)
        };
        if from.is_dir() {
            copy(&from, &to);
        } else {
            let bytes = fs::read(&from).unwrap();
            if fs::read(&to).ok().as_ref() != Some(&bytes) {
                fs::write(&to, bytes).unwrap();
            }
        }
    }
}
