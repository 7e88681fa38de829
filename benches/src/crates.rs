//! Small crates in the temporary directory, for what is measured of the compiler.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// What one command took.
pub struct Took {
    /// By the clock.
    pub wall: Duration,
    /// Of all its processes together; `None` where the system does not say.
    pub cpu: Option<Duration>,
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
    let (begin, before) = (Instant::now(), children());
    let output = Command::new(env!("CARGO"))
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
    (output, Took { wall: begin.elapsed(), cpu })
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
