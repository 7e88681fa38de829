//! The command at the end of a compile error: run as it is printed, it shows what a load would say.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::project;

const WORKSPACE: &str = "
[workspace]
members = [\"library\", \"program\"]
resolver = \"3\"
";

/// A lock with a misspelt name.
const LOCK: &str = "# weighbridge lock 1\nbais F32 [4]\nweight F32 [4, 4]\n";
/// Its cause, which takes two rows to see, so that only the run says it.
const CAUSE: &str = "did you mean `bias`?";

const LIBRARY: &str = "
[package]
name = \"library\"
edition = \"2024\"

[dependencies]
wb = { package = \"weighbridge\", path = RUNTIME }
";

const PROGRAM: &str = "
[package]
name = \"program\"
edition = \"2021\"

[dependencies]
weighbridge = { path = RUNTIME }

[[test]]
name = \"bare\"
harness = false
";

/// Under a path without a prelude, with the runtime under another name, and with several locks of one type.
const LIBRARY_SOURCE: &str = r#"
#![no_implicit_prelude]

#[derive(::wb::Module)]
#[module(crate = ::wb, verify = "../net.lock")]
pub struct Net {
    #[param(shape = [4, 4])]
    pub weight: ::wb::Tensor<f32>,
    #[param(shape = [4])]
    pub bias: ::wb::Tensor<f32>,
}

pub mod sizes {
    #[derive(::wb::Module)]
    #[module(crate = ::wb)]
    pub struct Layer<const N: usize> {
        #[param(shape = [N, N])]
        pub weight: ::wb::Tensor<f32>,
        #[param(shape = [N])]
        pub bias: ::wb::Tensor<f32>,
    }

    ::wb::verify!(Layer<4>, "../net.lock");
    ::wb::verify!(Layer<8>, "../net.lock");
    ::wb::verify!(Layer<4>, "../directory");
}
"#;

/// A module with this name, which the lock does not fit.
fn unverified(name: &str) -> String {
    format!(
        "#[derive(weighbridge::Module)] struct {name} {{
            #[param(shape = [4, 4])] weight: weighbridge::Tensor<f32>,
            #[param(shape = [4])] bias: weighbridge::Tensor<f32>,
        }}"
    )
}

/// The same, verified.
fn module(name: &str) -> String {
    format!("{} weighbridge::verify!({name}, \"../net.lock\");", unverified(name))
}

struct Workspace(PathBuf);

impl Workspace {
    fn new(name: &str) -> Workspace {
        let workspace = Workspace(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name));
        let _ = fs::remove_dir_all(&workspace.0);
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let runtime = format!("{:?}", here.join("../runtime").canonicalize().unwrap());
        workspace.write("Cargo.toml", WORKSPACE);
        // the versions that are built already
        workspace.write("Cargo.lock", &fs::read_to_string(here.join("../Cargo.lock")).unwrap());
        workspace.write("net.lock", LOCK);
        project::copy(&here.join("../fixtures/llama-sharded"), &workspace.0.join("directory"));
        workspace.write("library/Cargo.toml", &LIBRARY.replace("RUNTIME", &runtime));
        workspace.write("library/src/lib.rs", LIBRARY_SOURCE);
        workspace.write("program/Cargo.toml", &PROGRAM.replace("RUNTIME", &runtime));
        let main = "fn main() {}\n";
        workspace.write("program/src/main.rs", &format!("{}{main}", module("Main")));
        workspace.write("program/examples/example.rs", &format!("{}{main}", module("Example")));
        workspace.write("program/tests/integration.rs", &module("Integration"));
        let allowed = "#![deny(warnings)] #[allow(dead_code, unnameable_test_items)] #[test]";
        let function = format!("{allowed} fn test() {{ {} }}", module("Function"));
        workspace.write("program/tests/function.rs", &function);
        workspace.write("program/tests/bare.rs", &format!("{}{main}", module("Bare")));
        workspace
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Runs a line in a shell, without the variable unless the line sets it.
    fn run(&self, line: &str) -> (bool, String) {
        let mut path = std::ffi::OsString::from(Path::new(env!("CARGO")).parent().unwrap());
        path.push(":");
        path.push(std::env::var_os("PATH").unwrap_or_default());
        let Output { status, stdout, stderr } = project::compiles_here(&mut Command::new("sh"))
            .args(["-c", line])
            .current_dir(&self.0)
            .env("PATH", path)
            .env("CARGO_PROFILE_TEST_DEBUG", "none")
            .env("CARGO_NET_OFFLINE", "true")
            .env_remove("WEIGHBRIDGE_EXPLAIN")
            .output()
            .unwrap();
        (status.success(), String::from_utf8([stderr, stdout].concat()).unwrap())
    }
}

/// The first line of each refusal, with what it says to do for the causes.
fn refusals(errors: &str) -> BTreeMap<String, String> {
    let of_one = |error: &str| {
        let (_, causes) = error.split_once("for the causes, ")?;
        Some((error.lines().next()?.to_owned(), causes.lines().next()?.to_owned()))
    };
    errors.split("evaluation panicked: ").skip(1).filter_map(of_one).collect()
}

#[test]
fn the_command_tells_the_causes() {
    let workspace = Workspace::new("explained");
    let (_, errors) = workspace.run("cargo check --quiet --workspace --all-targets --keep-going");
    let refusals = refusals(&errors);
    let causes: Vec<(&str, &str)> = refusals
        .iter()
        .map(|(refusal, causes)| (refusal.split_once(':').expect("it says what is wrong").0, causes.as_str()))
        .collect();
    let library = "run: WEIGHBRIDGE_EXPLAIN=1 cargo test -p library weighbridge_explains_";
    let program = "run: WEIGHBRIDGE_EXPLAIN=1 cargo test -p program weighbridge_explains_";
    let binary = "run: WEIGHBRIDGE_EXPLAIN=1 cargo test -p program --bins --examples weighbridge_explains_";
    let call = "call in a test: Loader::new().check::<Function>(\"../net.lock\")";
    let expected = [
        ("../directory does not match Layer<4>", format!("{library}layer_4_directory")),
        ("../net.lock does not match Bare", format!("{program}bare_net_lock")),
        ("../net.lock does not match Example", format!("{binary}example_net_lock")),
        ("../net.lock does not match Function", call.to_owned()),
        ("../net.lock does not match Integration", format!("{program}integration_net_lock")),
        ("../net.lock does not match Layer<4>", format!("{library}layer_4_net_lock")),
        ("../net.lock does not match Layer<8>", format!("{library}layer_8_net_lock")),
        ("../net.lock does not match Main", format!("{binary}main_net_lock")),
        ("../net.lock does not match Net", format!("{library}net")),
    ];
    assert_eq!(causes, expected.each_ref().map(|(refusal, causes)| (*refusal, causes.as_str())), "{errors}");
    assert!(!errors.contains(CAUSE), "{errors}");
    // a lock may be old, and its path is one from where cargo was called; a checkpoint is what it is
    let updates: Vec<&str> =
        errors.lines().filter_map(|line| line.split_once(" as FILE: ")).map(|(_, update)| update).collect();
    assert_eq!(updates.len(), errors.matches("/net.lock does not match").count(), "{errors}");
    for update in updates {
        let path = update.strip_prefix("weighbridge lock FILE --update ").expect("it is the command");
        assert!(workspace.0.join(path).is_file(), "{update}");
    }

    // the type is in a function: you write the call into a test of your own
    let call = call.strip_prefix("call in a test: ").expect("there is a call");
    let test = format!(
        "use weighbridge::Loader; {} #[test] fn called() {{ if let Err(error) = {call} {{ panic!(\"{{error}}\") }} }}",
        unverified("Function")
    );
    workspace.write("program/tests/called.rs", &test);
    let (is_right, text) = workspace.run("WEIGHBRIDGE_EXPLAIN=1 cargo test -p program --test called");
    assert!(!is_right && text.contains("../net.lock does not match Function") && text.contains(CAUSE), "{text}");

    // what the docs say silences rustc's warning of the test in the function
    let (is_right, text) = workspace.run("WEIGHBRIDGE_EXPLAIN=1 cargo test -p program --test function");
    assert!(is_right && text.contains("1 passed"), "{text}");

    for (refusal, causes) in &refusals {
        // a target without the harness has no tests, and nothing can name a test in a function
        let Some(command) = causes.strip_prefix("run: ").filter(|_| !refusal.contains("Bare")) else { continue };
        let (is_right, text) = workspace.run(command);
        assert!(!is_right, "{command}: {text}");
        assert!(text.contains(refusal), "{command} does not say `{refusal}`: {text}");
        assert_eq!(text.contains(CAUSE), refusal.contains("(1 of 2 parameters fit)"), "{command}: {text}");
    }
}

#[test]
fn without_the_variable_nothing_is_unverified() {
    let workspace = Workspace::new("unverified");
    let bare = "cargo check -p program --test bare";
    let refusal = "../net.lock does not match Bare";
    for _ in 0..2 {
        let (is_right, text) = workspace.run(bare);
        assert!(!is_right && text.contains(refusal), "{text}");
        // cargo compiles again when the variable changes, either way
        let (is_right, text) = workspace.run(&format!("WEIGHBRIDGE_EXPLAIN=1 {bare}"));
        assert!(is_right && text.contains("`bare` is compiled unverified"), "{text}");
    }
}
