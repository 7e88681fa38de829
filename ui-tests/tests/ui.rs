//! What a user sees after a mistake. `ui` has the mistakes that `cargo check` finds, by theme, and `ui-build` those that only a build finds.
//!
//! `TRYBUILD=overwrite cargo test -p weighbridge-ui-tests` writes the messages again; read the difference.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Once;

mod again;
mod explain;
mod project;

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// Sets flags for trybuild and copies checkpoints: a path in `verify` begins beside the manifest of the crate that is compiled, and trybuild
/// writes that manifest elsewhere.
fn prepare() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        project::set_flags();
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let there = project::target().join(env!("CARGO_PKG_NAME"));
        project::copy(&here.join("locks"), &there.join("locks"));
        project::copy(&here.join("../fixtures"), &there.join("fixtures"));
    });
}

#[test]
fn mistakes() {
    prepare();
    trybuild::TestCases::new().compile_fail("ui/*/*.rs");
}

/// Trybuild only checks the cases of a set, unless one of them is to pass: then it builds all of them.
#[test]
fn mistakes_that_a_build_shows() {
    prepare();
    let cases = trybuild::TestCases::new();
    cases.pass("ui-build/pass.rs");
    let mut found = Vec::new();
    files(Path::new("ui-build"), &mut found);
    found.retain(|path| path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("pass.rs"));
    found.sort();
    for path in found {
        cases.compile_fail(path);
    }
}

#[test]
fn every_message_has_its_mistake() {
    let mut found = Vec::new();
    files(Path::new("ui"), &mut found);
    files(Path::new("ui-build"), &mut found);
    for path in found {
        assert!(path.with_extension("rs").exists(), "{} has no `.rs` beside it; remove it", path.display());
    }
}

#[test]
fn each_mistake_is_short() {
    let mut found = Vec::new();
    files(Path::new("ui"), &mut found);
    files(Path::new("ui-build"), &mut found);
    found.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
    for path in found {
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines <= 25, "{} has {lines} lines", path.display());
    }
}
