//! Small crates in the temporary directory, for what is measured of the compiler.

use std::env;
use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::process::{self, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Where a compiler that runs in this program writes how much memory it took.
const PEAKS: &str = "WEIGHBRIDGE_BENCH_PEAKS";

/// What one command took.
pub struct Took {
    /// By the clock.
    pub wall: Duration,
    /// Of all its processes together; `None` where the system does not say.
    pub cpu: Option<Duration>,
    /// The most bytes that one compiler held, if [`compiler`] runs it and the system says.
    pub peak: Option<u64>,
}

/// Writes a workspace of crates, each with a name and the lines of its dependencies.
pub fn workspace(root: &Path, crates: &[(String, String)]) {
    let names: Vec<&str> = crates.iter().map(|(name, _)| name.as_str()).collect();
    write(&root.join("Cargo.toml"), &format!("[workspace]\nresolver = \"3\"\nmembers = {names:?}\n"));
    for (name, dependencies) in crates {
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n{dependencies}\n"
        );
        write(&root.join(name).join("Cargo.toml"), &manifest);
        write(&root.join(name).join("src/lib.rs"), "");
    }
    // the versions that are here already
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
    fs::copy(lock, root.join("Cargo.lock")).expect("the workspace has a lock file");
}

/// The line by which a crate depends on this one.
pub fn weighbridge() -> String {
    format!("weighbridge = {{ path = {:?} }}", Path::new(env!("CARGO_MANIFEST_DIR")).join("../runtime"))
}

/// Runs cargo on one crate of the workspace, as it now stands.
pub fn cargo(root: &Path, command: &[&str], name: &str) -> (Output, Took) {
    took(Command::new(env!("CARGO")), root, command, name)
}

/// The same, with the compiler's memory. The program must call [`compiler`] first.
pub fn cargo_and_memory(root: &Path, command: &[&str], name: &str) -> (Output, Took) {
    let peaks = root.join("peaks");
    let _ = fs::remove_file(&peaks);
    let mut cargo = Command::new(env!("CARGO"));
    cargo.env(PEAKS, &peaks).env("RUSTC_WRAPPER", env::current_exe().expect("the system knows this program"));
    let (output, took) = took(cargo, root, command, name);
    let peaks = fs::read_to_string(peaks).unwrap_or_default();
    (output, Took { peak: peaks.lines().filter_map(|peak| peak.parse().ok()).max(), ..took })
}

/// If cargo has called this program in place of the compiler: runs the compiler, notes the memory that it holds, and ends as it does.
pub fn compiler() {
    let Some(peaks) = env::var_os(PEAKS) else { return };
    let mut command: Vec<OsString> = env::args_os().skip(1).collect();
    let arguments = command.split_off(1);
    let mut compiler = Command::new(&command[0]).args(arguments).spawn().expect("the compiler runs");
    let mut peak = 0;
    let status = loop {
        // the system forgets it when the process ends
        peak = high_water_mark(compiler.id()).unwrap_or(peak);
        match compiler.try_wait().expect("the compiler is a child") {
            Some(status) => break status,
            None => thread::sleep(Duration::from_millis(5)),
        }
    };
    let mut peaks = OpenOptions::new().create(true).append(true).open(peaks).expect("the workspace can be written");
    writeln!(peaks, "{peak}").expect("the workspace can be written");
    process::exit(status.code().unwrap_or(1));
}

/// The most bytes that a process has held so far.
fn high_water_mark(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? * 1024)
}

fn took(mut cargo: Command, root: &Path, command: &[&str], name: &str) -> (Output, Took) {
    let (begin, before) = (Instant::now(), children());
    let output = cargo
        .args(command)
        .args(["--quiet", "--offline", "--package", name])
        .current_dir(root)
        .env("CARGO_TARGET_DIR", root.join("target"))
        // what has not changed would not be compiled again, and would seem to cost nothing
        .env("CARGO_INCREMENTAL", "0")
        .env_remove("RUSTFLAGS")
        .stdin(Stdio::null())
        .output()
        .expect("cargo runs");
    let cpu = before.zip(children()).map(|(before, after)| after.saturating_sub(before));
    (output, Took { wall: begin.elapsed(), cpu, peak: None })
}

/// Writes a file, and the directories that it lies in.
pub fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("it is in the workspace")).expect("the directory can be made");
    fs::write(path, text).expect("the temporary directory can be written");
}

/// The one in the middle, in milliseconds.
pub fn median(times: &mut [Duration]) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64() * 1e3
}

/// The processor time of all processes that this one has started and that have ended, where Linux tells it.
fn children() -> Option<Duration> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // behind the program's name, which may hold spaces, stand numbers: two of them count hundredths of a second
    let (_, rest) = stat.rsplit_once(')')?;
    let ticks: Vec<u64> = rest.split_whitespace().skip(13).take(2).map_while(|field| field.parse().ok()).collect();
    let [user, system] = *ticks.as_slice() else { return None };
    Some(Duration::from_millis((user + system) * 10))
}
