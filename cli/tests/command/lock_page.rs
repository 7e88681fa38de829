//! The way from a checkpoint to a verified struct, as the page about the lock shows it: each command prints that, and the compiler too.

use std::fs;
use std::path::Path;

use crate::{ROOT, assert_page, fixture, shell, with_output};

/// What the page calls the package's directory, and how long it lets the compiler take: these differ everywhere.
const HOME: &str = "/home/me/app";
const SECONDS: &str = "0.39s";

/// The one dim that is wrong.
const RIGHT: &str = "pub k_proj: Linear<HIDDEN, KV>";
const WRONG: &str = "pub k_proj: Linear<HIDDEN, HIDDEN>";

/// A package beside a checkpoint, with the dependencies that the generated file names.
fn package(directory: &Path) {
    let runtime = fs::canonicalize(Path::new(ROOT).join("runtime")).unwrap();
    let manifest = format!(
        "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
         [dependencies]\nweighbridge = {{ path = {runtime:?} }}\nhalf = \"2.7\"\n"
    );
    fs::write(directory.join("Cargo.toml"), manifest).unwrap();
    fs::copy(Path::new(ROOT).join("Cargo.lock"), directory.join("Cargo.lock")).unwrap();
    fs::create_dir(directory.join("src")).unwrap();
    fs::write(directory.join("src/lib.rs"), "").unwrap();
    std::os::unix::fs::symlink(fixture("llama"), directory.join("llama")).unwrap();
}

/// Runs a line in the package. What it compiles is kept where the tests of mistakes compile theirs, which share it: under
/// the workspace's target folder, and for a target that is named.
fn printed(directory: &Path, line: &str) -> (String, bool) {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("tests").join("trybuild");
    let settings = [
        &format!("CARGO_TARGET_DIR={target:?}"),
        "CARGO_BUILD_TARGET=host-tuple",
        "CARGO_NET_OFFLINE=true",
        "CARGO_TERM_COLOR=never",
    ];
    let (printed, well) = shell(directory, &format!("export {}; {line}", settings.join(" ")));
    let here = fs::canonicalize(directory).unwrap();
    let mut text = printed.replace(here.to_str().unwrap(), HOME);
    if let Some((before, _)) = text.split_once(" target(s) in ") {
        text = format!("{before} target(s) in {SECONDS}\n");
    }
    // a page has no spaces at the end of a line, and cargo may wait for another one
    (
        text.lines()
            .filter(|line| !line.starts_with("    Blocking waiting for"))
            .map(|line| format!("{}\n", line.trim_end()))
            .collect(),
        well,
    )
}

#[test]
fn the_page_about_the_lock_is_real() {
    let scratch = tempfile::tempdir().unwrap();
    let directory = scratch.path();
    package(directory);
    let (compiled, well) = printed(directory, "cargo check");
    assert!(well, "{compiled}");
    fs::write(directory.join("src/lib.rs"), "pub mod model;\n").unwrap();

    let model = directory.join("src/model.rs");
    let page = fs::read_to_string(Path::new(ROOT).join("docs/lock.md")).unwrap();
    let (mut number, mut generated, mut refused) = (0, String::new(), String::new());
    let real = with_output(&page, |command| {
        number += 1;
        match number {
            4 => {
                generated = fs::read_to_string(&model).unwrap();
                assert!(generated.contains(RIGHT) && page.contains(&format!("`{WRONG}`")));
                fs::write(&model, generated.replace(RIGHT, WRONG)).unwrap();
            }
            5 => {
                fs::write(&model, &generated).unwrap();
                fs::create_dir(directory.join("examples")).unwrap();
                let example = page.split("```").find(|block| block.contains("std::fs::write(\"norms.lock\"")).unwrap();
                fs::write(directory.join("examples/lock.rs"), example.strip_prefix("rust,no_run").unwrap()).unwrap();
            }
            _ => {}
        }
        let (text, well) = printed(directory, command);
        assert_eq!(well, number != 4, "{command}: {text}");
        if !well {
            refused.clone_from(&text);
        }
        text
    });
    assert_eq!(number, 5);
    assert_page("docs/lock.md", &page, &real);

    // the type is right, and the lock is old: the command that the compiler names brings it up to date
    let lock = directory.join("llama.lock");
    let old = fs::read_to_string(&lock).unwrap().replace("[16, 32]", "[32, 32]");
    fs::write(&lock, old).unwrap();
    let (text, well) = printed(directory, "cargo check");
    assert!(!well && text.contains("llama.lock does not match Llama"), "{text}");
    for text in [refused, text] {
        let update = text.lines().find_map(|line| line.split_once("with the checkpoint as FILE: ")).unwrap().1;
        let (text, well) = printed(directory, &update.replace("FILE", "llama"));
        assert!(well, "{update}: {text}");
        let (text, well) = printed(directory, "cargo check");
        assert!(well, "{text}");
    }

    // the README shows the same commands, without what they print
    let readme = fs::read_to_string(Path::new(ROOT).join("README.md")).unwrap();
    let shown: Vec<&str> = readme.lines().filter(|line| line.starts_with("$ ")).collect();
    assert_eq!(shown, page.lines().filter(|line| line.starts_with("$ ")).take(3).collect::<Vec<_>>());
}
