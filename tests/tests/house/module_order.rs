//! Modules import only downwards, in the order that `docs/design.md` (both halves) and `macros/src/lib.rs` (derive) give; and
//! in no crate of the workspace does a chain of imports lead from a file back to it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

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

/// The code of a file without its comments. No string of the sources has `//` before a path in its line.
fn code(file: &Path) -> String {
    let text = fs::read_to_string(file).unwrap();
    text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// A path in code that begins with `crate`, `super` or `self`.
#[derive(Debug, PartialEq)]
struct Import {
    line: usize,
    /// `["super", "jobs", "Job"]`.
    path: Vec<String>,
}

/// Every such path; of a group, each of its members. In a module that is written in the file itself, `super` leads to
/// the file.
fn imports(code: &str) -> Vec<Import> {
    let mut found = Vec::new();
    for first in ["crate", "super", "self"] {
        for (at, _) in code.match_indices(&format!("{first}::")) {
            let before = code[..at].chars().next_back();
            // `$crate` and `other::super` are not of this crate, and `pub(in super::super)` imports nothing
            if before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | ':' | '$'))
                || code[..at].ends_with("(in ")
            {
                continue;
            }
            let line = code[..at].lines().count().max(1);
            let inside = enclosing_modules(code, at);
            let mut paths = Vec::new();
            members(&code[at..], &mut Vec::new(), &mut paths);
            for mut path in paths {
                let supers = path.iter().take_while(|word| *word == "super").count();
                if supers > inside {
                    path.drain(..inside);
                } else if supers > 0 || (inside > 0 && first == "self") {
                    // it stays within the file
                    continue;
                }
                found.push(Import { line, path });
            }
        }
    }
    found
}

/// The paths of a use tree, each with the words before it. Returns what stands after the tree.
fn members<'c>(code: &'c str, before: &mut Vec<String>, found: &mut Vec<Vec<String>>) -> &'c str {
    let code = code.trim_start();
    if let Some(mut rest) = code.strip_prefix('{') {
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
            if rest.is_empty() || rest.starts_with('}') {
                return rest.strip_prefix('}').unwrap_or(rest);
            }
            rest = members(rest, before, found);
            rest = &rest[rest.find([',', '}']).unwrap_or(rest.len())..];
        }
    }
    let end = code.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(code.len());
    let (word, rest) = code.split_at(end);
    if word.is_empty() {
        found.push(before.clone());
        return rest;
    }
    before.push(word.to_owned());
    let rest = match rest.strip_prefix("::") {
        Some(rest) => members(rest, before, found),
        None => {
            found.push(before.clone());
            rest
        }
    };
    before.pop();
    rest
}

/// How many modules that are written in the file itself enclose this place.
fn enclosing_modules(code: &str, at: usize) -> usize {
    let mut open = Vec::new();
    for (place, c) in code[..at].char_indices() {
        match c {
            '{' => {
                let words: Vec<&str> = code[..place].split_whitespace().rev().take(2).collect();
                open.push(words.get(1) == Some(&"mod"));
            }
            '}' => _ = open.pop(),
            _ => {}
        }
    }
    open.into_iter().filter(|is_module| *is_module).count()
}

/// The modules that a file declares and that have files of their own.
fn declared(code: &str) -> impl Iterator<Item = &str> {
    code.lines().filter_map(|line| {
        let line = line.trim_start();
        let line = line.strip_prefix("pub(crate) ").or_else(|| line.strip_prefix("pub ")).unwrap_or(line);
        line.strip_prefix("mod ")?.strip_suffix(';')
    })
}

/// A module's path in its crate: `["plan", "hints"]`, and nothing for `lib.rs` and `main.rs`.
type Module = Vec<String>;

/// The files of a crate, and what each imports: modules, with the line of the first import.
struct Crate {
    files: BTreeMap<Module, PathBuf>,
    imports: BTreeMap<Module, BTreeMap<Module, usize>>,
}

impl Crate {
    fn read(directory: &str) -> Crate {
        let source = Path::new(ROOT).join(directory).join("src");
        let mut files = BTreeMap::new();
        for file in rust_files(source.to_str().unwrap()) {
            let relative = file.strip_prefix(&source).unwrap().with_extension("");
            let mut module: Module = relative.iter().map(|part| part.to_string_lossy().into_owned()).collect();
            match module.last().map(String::as_str) {
                // tests may look at everything
                Some("tests") => continue,
                Some("mod") => _ = module.pop(),
                Some("lib" | "main") if module.len() == 1 => _ = module.pop(),
                _ => {}
            }
            files.insert(module, file);
        }
        let imports =
            files.iter().map(|(module, file)| (module.clone(), Crate::imports_of(&files, module, file))).collect();
        Crate { files, imports }
    }

    /// A `mod` line is an import too: what a file declares stands below it.
    fn imports_of(files: &BTreeMap<Module, PathBuf>, module: &Module, file: &Path) -> BTreeMap<Module, usize> {
        let code = code(file);
        let mut found = BTreeMap::new();
        for child in declared(&code) {
            let child = [module.as_slice(), &[child.to_owned()]].concat();
            if files.contains_key(&child) {
                found.insert(child, 0);
            }
        }
        for Import { line, path } in imports(&code) {
            let supers = path.iter().take_while(|word| *word == "super").count();
            let (base, rest) = match path[0].as_str() {
                "crate" => (Vec::new(), &path[1..]),
                "self" => (module.clone(), &path[1..]),
                _ => (module[..module.len().saturating_sub(supers)].to_vec(), &path[supers..]),
            };
            let imported = rest.iter().fold((base, true), |(at, goes_on), word| {
                let next = [at.as_slice(), std::slice::from_ref(word)].concat();
                if goes_on && files.contains_key(&next) { (next, true) } else { (at, false) }
            });
            if imported.0 != *module {
                found.entry(imported.0).or_insert(line);
            }
        }
        found
    }

    /// Of each set of files that import each other in a circle, one circle that is as short as any.
    fn circles(&self) -> Vec<Vec<&Module>> {
        let mut seen: BTreeSet<&Module> = BTreeSet::new();
        let mut found = Vec::new();
        for module in self.files.keys() {
            if seen.contains(module) {
                continue;
            }
            if let Some(circle) = self.way_back(module) {
                let ahead = self.reachable(module);
                seen.extend(ahead.into_iter().filter(|other| self.reachable(other).contains(module)));
                found.push(circle);
            }
        }
        found
    }

    fn imported_by<'c>(&'c self, module: &Module) -> impl Iterator<Item = &'c Module> {
        self.imports.get(module).into_iter().flat_map(BTreeMap::keys)
    }

    fn reachable(&self, module: &Module) -> BTreeSet<&Module> {
        let mut found = BTreeSet::new();
        let mut rest: Vec<&Module> = self.imported_by(module).collect();
        while let Some(next) = rest.pop() {
            if found.insert(next) {
                rest.extend(self.imported_by(next));
            }
        }
        found
    }

    /// The shortest chain of imports from a file back to it.
    fn way_back<'c>(&'c self, module: &'c Module) -> Option<Vec<&'c Module>> {
        let mut before: BTreeMap<&Module, &Module> = BTreeMap::new();
        let mut queue = VecDeque::from([module]);
        while let Some(at) = queue.pop_front() {
            for next in self.imported_by(at) {
                if next == module {
                    let mut circle = vec![module, at];
                    while circle[circle.len() - 1] != module {
                        circle.push(before[circle[circle.len() - 1]]);
                    }
                    circle.reverse();
                    return Some(circle);
                }
                if !before.contains_key(next) {
                    before.insert(next, at);
                    queue.push_back(next);
                }
            }
        }
        None
    }

    fn shown(&self, module: &Module) -> String {
        let file = &self.files[module];
        file.strip_prefix(ROOT).unwrap().display().to_string()
    }
}

/// The directories of the workspace's packages.
fn packages() -> Vec<String> {
    let manifest = fs::read_to_string(Path::new(ROOT).join("Cargo.toml")).unwrap();
    let members = manifest.split("members = [").nth(1).and_then(|rest| rest.split(']').next()).unwrap();
    members.split(',').map(|member| member.trim().trim_matches('"').to_owned()).collect()
}

/// Every import that goes upwards in an order of top-level modules, and every module that has no place in it.
fn violations(directory: &str, order: &[String]) -> BTreeSet<String> {
    let package = Crate::read(directory);
    let place = |module: &str| order.iter().position(|one| one == module);
    let mut found = BTreeSet::new();
    for (module, imports) in package.imports.iter().filter(|(module, _)| !module.is_empty()) {
        let shown = package.shown(module);
        let Some(own) = place(&module[0]) else {
            found.insert(format!("{shown}: the module `{}` has no place in the order", module[0]));
            continue;
        };
        for (import, line) in imports {
            match import.first() {
                None => {
                    _ = found.insert(format!("{shown}:{line}: a name of the crate's root; name the module that has it"))
                }
                Some(import) if place(import).is_some_and(|other| other <= own) => {}
                Some(import) => {
                    found.insert(format!("{shown}:{line}: `{}` imports `{import}`, which stands below it", module[0]));
                }
            }
        }
    }
    found
}

fn listed(violations: &BTreeSet<String>) -> String {
    violations.iter().map(String::as_str).collect::<Vec<_>>().join("\n")
}

/// The first words of each line of a crate's block under `## Layers`.
fn documented_order(directory: &str) -> Vec<String> {
    let text = fs::read_to_string(Path::new(ROOT).join("docs/design.md")).unwrap();
    let layers = text.split("## Layers").nth(1).expect("docs/design.md has a section `## Layers`");
    let own =
        layers.split(&format!("\n`{directory}/`, ")).nth(1).expect("a line in front of the block names the crate");
    let block = own.split("```text\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a block of `text`");
    // two spaces end the names
    block
        .lines()
        .filter_map(|line| line.split("  ").next())
        .flat_map(str::split_whitespace)
        .map(str::to_owned)
        .collect()
}

#[test]
fn both_halves_import_downwards() {
    for directory in ["checkpoint", "runtime"] {
        let order = documented_order(directory);
        let distinct: BTreeSet<&String> = order.iter().collect();
        assert_eq!(distinct.len(), order.len(), "docs/design.md names a module twice: {order:?}");
        let lib = code(&Path::new(ROOT).join(directory).join("src/lib.rs"));
        let declared: BTreeSet<&str> = declared(&lib).collect();
        let ordered: BTreeSet<&str> = order.iter().map(String::as_str).collect();
        assert_eq!(declared, ordered, "the modules of `{directory}/src/lib.rs` and of docs/design.md");
        let found = violations(directory, &order);
        assert!(found.is_empty(), "\n{}", listed(&found));
    }
}

#[test]
fn the_derive_imports_downwards() {
    let lib = code(&Path::new(ROOT).join("macros/src/lib.rs"));
    let order: Vec<String> =
        lib.lines().filter_map(|line| Some(line.strip_prefix("mod ")?.strip_suffix(';')?.to_owned())).collect();
    assert_eq!(order.first().map(String::as_str), Some("symbol"), "the order of `mod` lines");
    let found = violations("macros", &order);
    assert!(found.is_empty(), "\n{}", listed(&found));
}

#[test]
fn only_the_check_of_the_command_needs_the_runtime() {
    let needs = |file: &&PathBuf| code(file).contains("weighbridge::");
    let found: Vec<PathBuf> = rust_files("cli/src").iter().filter(needs).cloned().collect();
    assert_eq!(found, [Path::new(ROOT).join("cli/src/commands/check.rs")]);
    let tools: Vec<PathBuf> = rust_files("tools/src").iter().filter(needs).cloned().collect();
    assert_eq!(tools, [] as [PathBuf; 0]);
}

#[test]
fn no_file_imports_itself_by_way_of_others() {
    let mut found = BTreeSet::new();
    for directory in packages() {
        let package = Crate::read(&directory);
        for circle in package.circles() {
            let files: Vec<String> = circle.iter().map(|module| package.shown(module)).collect();
            found.insert(files.join("\n  imports "));
        }
    }
    assert!(found.is_empty(), "circles:\n{}", listed(&found));
}

#[test]
fn no_file_is_long() {
    let long: Vec<String> = rust_files(".")
        .iter()
        // what `generate` wrote, for the tests: it is as long as the checkpoint has it
        .filter(|file| !file.components().any(|part| part.as_os_str() == "generated"))
        .map(|file| (file, fs::read_to_string(file).unwrap().lines().count()))
        .filter(|(_, lines)| *lines > MOST_LINES)
        .map(|(file, lines)| format!("{} has {lines} lines", file.strip_prefix(ROOT).unwrap().display()))
        .collect();
    assert!(long.is_empty(), "more than {MOST_LINES}:\n{}", long.join("\n"));
}

#[test]
fn imports_are_seen() {
    let seen = |code: &str| -> Vec<(usize, String)> {
        imports(code).into_iter().map(|Import { line, path }| (line, path.join("::"))).collect()
    };
    let code = "use crate::plan::Step;\nuse crate::{\n    read, schema::{Node, Leaf as L}, tree::*};\nfn f() -> crate::Top { x }";
    let expected = [
        (1, "crate::plan::Step"),
        (2, "crate::read"),
        (2, "crate::schema::Node"),
        (2, "crate::schema::Leaf"),
        (2, "crate::tree"),
        (4, "crate::Top"),
    ];
    assert_eq!(seen(code), expected.map(|(line, path)| (line, path.to_owned())));
    // a module in the file is not above it
    let code = "use self::a::B;\nmod tests { use super::*; use super::super::c::D; }\n$crate::x; o::super::y; pub(in super::z)";
    let expected = [(2, "super::c::D"), (1, "self::a::B")];
    assert_eq!(seen(code), expected.map(|(line, path)| (line, path.to_owned())));
}

#[test]
fn circles_are_seen() {
    let module = |name: &str| -> Module { vec![name.to_owned()] };
    let edges = [("a", "b"), ("b", "c"), ("c", "d"), ("d", "b"), ("c", "b"), ("e", "a")];
    let mut imports: BTreeMap<Module, BTreeMap<Module, usize>> = BTreeMap::new();
    for (from, to) in edges {
        imports.entry(module(from)).or_default().insert(module(to), 1);
    }
    let files = ["a", "b", "c", "d", "e"].map(|name| (module(name), PathBuf::from(name)));
    let circles = |files, imports| -> Vec<Vec<String>> {
        let package = Crate { files, imports };
        package.circles().iter().map(|circle| circle.iter().map(|module| module.join("::")).collect()).collect()
    };
    // one circle for `b`, `c` and `d`, which is the shortest through the first of them
    assert_eq!(circles(files.clone().into(), imports.clone()), [["b", "c", "b"]]);
    imports.remove(&module("c"));
    assert!(circles(files.into(), imports).is_empty());
}

#[test]
fn a_library_whose_tests_do_not_run_has_none() {
    let mut manifests = Vec::new();
    files(Path::new(ROOT), "toml", &mut manifests);
    let mut quiet = 0;
    for manifest in manifests {
        let text = fs::read_to_string(&manifest).unwrap();
        if !text.contains("\n[lib]\ntest = false\ndoctest = false\n") {
            continue;
        }
        quiet += 1;
        let source = manifest.with_file_name("src");
        for file in rust_files(source.strip_prefix(ROOT).unwrap().to_str().unwrap()) {
            let text = fs::read_to_string(&file).unwrap();
            let tested = text.contains("#[test]") || text.contains("/// ```") || text.contains("//! ```");
            assert!(!tested, "{}; `[lib] test = false` in its manifest keeps it from running", file.display());
        }
    }
    assert!(quiet >= 5, "only {quiet} were found");
}
