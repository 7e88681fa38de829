//! The real command, run on the real files.

#[cfg(unix)]
mod hidden;
#[cfg(unix)]
mod hub;
#[cfg(unix)]
mod lock_page;
#[cfg(unix)]
mod long_work;
mod looking;
#[cfg(target_os = "linux")]
mod memory;
mod names;
#[cfg(unix)]
mod page;
#[cfg(unix)]
mod remedies;
mod usage;
mod writing;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

const BIN: &str = env!("CARGO_BIN_EXE_weighbridge");
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// What a run of the command gave.
#[derive(Debug)]
struct Ran {
    stdout: String,
    stderr: String,
    code: Option<i32>,
}

/// The command in the repository's root, so that paths are short. Nothing in its environment says how to print.
fn command<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(BIN);
    command.args(args).current_dir(ROOT).stdin(Stdio::null()).env("TERM", "xterm-256color");
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "CI", "COLUMNS"] {
        command.env_remove(name);
    }
    command
}

fn run<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Ran {
    Ran::from(command(args).output().unwrap())
}

impl From<Output> for Ran {
    fn from(output: Output) -> Ran {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ran { stdout: text(output.stdout), stderr: text(output.stderr), code: output.status.code() }
    }
}

impl Ran {
    /// Standard output of a run that ended with this code and wrote nothing to standard error.
    #[track_caller]
    fn quiet(self, code: i32) -> String {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert_eq!(self.stderr, "", "{}", self.stdout);
        self.stdout
    }

    /// The JSON document of a run that ended with this code.
    #[track_caller]
    fn json(&self, code: i32) -> Value {
        assert_eq!(self.code, Some(code), "{self:?}");
        let document: Value = serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"));
        assert_eq!(document["version"], 1, "{document}");
        document
    }

    /// Standard error of a run that failed and printed nothing.
    #[track_caller]
    fn failure(self) -> String {
        assert_eq!(self.code, Some(2), "{self:?}");
        assert_eq!(self.stdout, "");
        assert!(self.stderr.starts_with("error: "), "{}", self.stderr);
        self.stderr
    }
}

fn fixture(name: &str) -> PathBuf {
    Path::new(ROOT).join("fixtures").join(name)
}

/// The names of a file, as the format's own crate reads them, with dtype and shape.
fn tensors(path: &Path) -> Vec<(String, String, Vec<usize>)> {
    let bytes = std::fs::read(path).unwrap();
    let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let mut tensors: Vec<_> =
        file.iter().map(|(name, view)| (name.to_owned(), view.dtype().to_string(), view.shape().to_vec())).collect();
    tensors.sort();
    tensors
}

/// Runs a line in a shell that finds the command, and the cargo that runs the tests. Returns what it printed on both streams,
/// and whether it succeeded.
#[cfg(unix)]
fn shell(directory: &Path, line: &str) -> (String, bool) {
    let cargo = std::env::var_os("CARGO").map(PathBuf::from);
    let mut places: Vec<PathBuf> = [Some(PathBuf::from(BIN)), cargo]
        .into_iter()
        .filter_map(|program| Some(program?.parent()?.to_owned()))
        .collect();
    places.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap()));
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(format!("{{ {line}\n}} 2>&1")).current_dir(directory);
    shell.env("PATH", std::env::join_paths(places).unwrap());
    for name in ["CLICOLOR_FORCE", "COLUMNS", "CDPATH"] {
        shell.env_remove(name);
    }
    let output = shell.output().unwrap();
    (String::from_utf8(output.stdout).unwrap(), output.status.success())
}

/// A page with the output of its commands, which are the lines after `$ ` in blocks of `console`.
#[cfg(unix)]
fn with_output(page: &str, mut output: impl FnMut(&str) -> String) -> String {
    let (mut text, mut in_block) = (String::new(), false);
    for line in page.lines() {
        let fence = line.starts_with("```");
        let command = line.strip_prefix("$ ").filter(|_| in_block);
        if fence || !in_block || command.is_some() {
            text.push_str(line);
            text.push('\n');
        }
        if fence {
            in_block = line == "```console";
        }
        if let Some(command) = command {
            // with or without line tables
            text.push_str(&output(command).replace("profile [unoptimized]", "profile [unoptimized + debuginfo]"));
        }
    }
    text
}

/// Asserts that a page shows the present output. `WEIGHBRIDGE_GOLDENS=rewrite` writes it again.
#[cfg(unix)]
fn assert_page(name: &str, page: &str, real: &str) {
    if std::env::var_os("WEIGHBRIDGE_GOLDENS").is_some_and(|value| value == "rewrite") {
        return std::fs::write(Path::new(ROOT).join(name), real).unwrap();
    }
    for (number, (page, real)) in page.lines().zip(real.lines()).enumerate() {
        assert_eq!(page, real, "{name}, line {}; WEIGHBRIDGE_GOLDENS=rewrite writes it anew", number + 1);
    }
    assert_eq!(page.lines().count(), real.lines().count());
}

/// Runs a command with standard output and standard error on a terminal. Returns what the terminal got, and the exit code.
#[cfg(unix)]
fn on_terminal(mut command: Command) -> (String, Option<i32>) {
    use std::fs::File;
    use std::io::Read;

    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let name = ptsname(&terminal, Vec::new()).unwrap();
    let open = || File::options().read(true).write(true).open(name.to_str().unwrap()).unwrap();
    command.stdout(open()).stderr(open());
    let mut child = command.spawn().unwrap();
    // the terminal ends when nobody holds its other side
    drop(command);
    let (mut shown, mut piece) = (Vec::new(), [0; 4096]);
    let mut terminal = File::from(terminal);
    while let Ok(read @ 1..) = terminal.read(&mut piece) {
        shown.extend_from_slice(&piece[..read]);
    }
    (String::from_utf8(shown).unwrap().replace("\r\n", "\n"), child.wait().unwrap().code())
}
