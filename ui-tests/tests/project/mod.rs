//! The folder in which trybuild compiles its cases: its path, its flags, and copies of files for it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The flags that trybuild gives rustc for each case.
const RUSTFLAGS: &str = "--cfg\x1ftrybuild\x1f--verbose\x1f-A\x1fdead_code\x1f--diagnostic-width=140";

/// The target folder of everything that tests compile. It is trybuild's, so that the derive and its dependencies are compiled once for
/// all of them.
pub(crate) fn target() -> PathBuf {
    workspace_target().join("tests/trybuild")
}

/// Has trybuild compile the dependencies once. By itself it uses other flags for them than for the cases, and so compiles them twice.
pub(crate) fn set_flags() {
    // SAFETY: all code of this process reads the environment through the standard library, which locks it
    unsafe {
        env::set_var("CARGO_ENCODED_RUSTFLAGS", RUSTFLAGS);
        env::set_var("CARGO_PROFILE_DEV_DEBUG", "none");
    }
}

/// Has a command that runs cargo compile in the same folder without these flags, for a named target, as trybuild does.
pub(crate) fn compiles_here(command: &mut Command) -> &mut Command {
    command.env_remove("CARGO_ENCODED_RUSTFLAGS").env_remove("CARGO_PROFILE_DEV_DEBUG");
    command.env("CARGO_TARGET_DIR", target()).env("CARGO_BUILD_TARGET", "host-tuple")
}

/// The workspace's target folder. Trybuild asks cargo for it too.
fn workspace_target() -> PathBuf {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version=1", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    PathBuf::from(metadata["target_directory"].as_str().unwrap())
}

/// Makes a directory a copy of another. It leaves equal files alone: cargo compiles again what is written again.
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
