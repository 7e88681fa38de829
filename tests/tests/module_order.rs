//! Modules import only downwards, in the order that `docs/design.md` (runtime) and `macros/src/lib.rs` (derive) give.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// What `docs/design.md` calls a circle that is meant.
const CIRCLE: &[(&str, &str)] = &[("module", "loader"), ("module", "save")];

const MOST_LINES: usize = 500;

/// The files with this extension below a directory, but for what a build or an editor put there.
fn files(directory: &Path, extension: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy();
        if name == "target" || name == "wip" || name.starts_with('.') {
            continue;
        }
        if path.is_dir() {
            files(&path, extension, found);
        } else if path.extension().is_some_and(|is| is == extension) {
            found.push(path);
        }
    }
}

fn rust_files(directory: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    files(&Path::new(ROOT).join(directory), "rs", &mut found);
    found.sort();
    assert!(!found.is_empty(), "{directory} has no files");
    found
}

/// The top-level module that a file belongs to: `plan` for `plan/hints/mod.rs`.
fn module_of(source: &Path, file: &Path) -> String {
    let relative = file.strip_prefix(source).unwrap();
    let first = relative.iter().next().unwrap().to_string_lossy();
    first.trim_end_matches(".rs").to_owned()
}

/// The code of a file without its comments. No string of the sources has `//` before a path of `crate::` in its line.
fn code(file: &Path) -> String {
    let text = fs::read_to_string(file).unwrap();
    text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// What stands after each `crate::`, with its line; of a group, each of its members.
fn imports(code: &str) -> Vec<(usize, String)> {
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut found = Vec::new();
    for (at, matched) in code.match_indices("crate::") {
        let rest = code[at + matched.len()..].trim_start();
        let line = code[..at].lines().count();
        match rest.strip_prefix('{') {
            Some(group) => {
                let group = group.split('}').next().unwrap_or_default();
                found.extend(group.split(',').map(|one| (line, word(one.trim()))));
            }
            None => found.push((line, word(rest))),
        }
    }
    found.retain(|(_, word)| !word.is_empty());
    found
}

/// Every import that goes upwards, and every module that has no place in the order.
fn violations(source: &str, order: &[String]) -> BTreeSet<String> {
    let source = Path::new(ROOT).join(source);
    let place = |module: &str| order.iter().position(|one| one == module);
    let mut found = BTreeSet::new();
    for file in rust_files(source.to_str().unwrap()) {
        let module = module_of(&source, &file);
        let shown = file.strip_prefix(&source).unwrap().display();
        if module == "lib" {
            continue;
        }
        let Some(own) = place(&module) else {
            found.insert(format!("{shown}: the module `{module}` has no place in the order"));
            continue;
        };
        for (line, import) in imports(&code(&file)) {
            match place(&import) {
                Some(other) if other <= own || CIRCLE.contains(&(module.as_str(), import.as_str())) => {}
                Some(_) => {
                    found.insert(format!("{shown}:{line}: `{module}` imports `{import}`, which stands below it"));
                }
                None => {
                    found.insert(format!("{shown}:{line}: `crate::{import}` is no module of the order"));
                }
            }
        }
    }
    found
}

fn listed(violations: &BTreeSet<String>) -> String {
    violations.iter().map(String::as_str).collect::<Vec<_>>().join("\n")
}

/// The first words of each line of the block under `## Layers`.
fn documented_order() -> Vec<String> {
    let text = fs::read_to_string(Path::new(ROOT).join("docs/design.md")).unwrap();
    let layers = text.split("## Layers").nth(1).expect("docs/design.md has a section `## Layers`");
    let block = layers.split("```text\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a block of `text`");
    // two spaces end the names
    block
        .lines()
        .filter_map(|line| line.split("  ").next())
        .flat_map(str::split_whitespace)
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_runtime_imports_downwards() {
    let order = documented_order();
    let distinct: BTreeSet<&String> = order.iter().collect();
    assert_eq!(distinct.len(), order.len(), "docs/design.md names a module twice: {order:?}");
    let lib = code(&Path::new(ROOT).join("runtime/src/lib.rs"));
    let declared: BTreeSet<&str> = lib
        .lines()
        .filter_map(|line| line.trim_start_matches("pub ").strip_prefix("mod ")?.strip_suffix(';'))
        .collect();
    let ordered: BTreeSet<&str> = order.iter().map(String::as_str).collect();
    assert_eq!(declared, ordered, "the modules of `lib.rs` and of docs/design.md");
    let found = violations("runtime/src", &order);
    assert!(found.is_empty(), "\n{}", listed(&found));
}

#[test]
fn the_derive_imports_downwards() {
    let lib = code(&Path::new(ROOT).join("macros/src/lib.rs"));
    let order: Vec<String> =
        lib.lines().filter_map(|line| Some(line.strip_prefix("mod ")?.strip_suffix(';')?.to_owned())).collect();
    assert_eq!(order.first().map(String::as_str), Some("symbol"), "the order of `mod` lines");
    let found = violations("macros/src", &order);
    assert!(found.is_empty(), "\n{}", listed(&found));
}

#[test]
fn the_circle_is_there() {
    // an exception that nothing needs any more is to be removed, here and in docs/design.md
    let module = imports(&code(&Path::new(ROOT).join("runtime/src/module.rs")));
    for (_, below) in CIRCLE {
        assert!(module.iter().any(|(_, import)| import == below), "`module` no longer imports `{below}`");
    }
}

#[test]
fn no_file_is_long() {
    let long: Vec<String> = rust_files(".")
        .iter()
        .map(|file| (file, fs::read_to_string(file).unwrap().lines().count()))
        .filter(|(_, lines)| *lines > MOST_LINES)
        .map(|(file, lines)| format!("{} has {lines} lines", file.strip_prefix(ROOT).unwrap().display()))
        .collect();
    assert!(long.is_empty(), "more than {MOST_LINES}:\n{}", long.join("\n"));
}

#[test]
fn imports_are_seen() {
    let code = "use crate::plan::Step;\nuse crate::{\n    read, schema::Node};\nfn f() -> crate::Top { x }";
    let expected = [(1, "plan"), (2, "read"), (2, "schema"), (4, "Top")];
    assert_eq!(imports(code), expected.map(|(line, word)| (line, word.to_owned())));
}
