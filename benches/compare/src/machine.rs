//! The machine of a run, and the versions of the peers.

use std::fmt::Write;

use crate::run::Python;

/// The peers whose version the run states.
const PEERS: [&str; 11] = [
    "burn-store",
    "candle-core",
    "flate2",
    "libdeflater",
    "memmap2",
    "npyz",
    "safetensors",
    "serde_json",
    "weighbridge",
    "zip",
    "zlib-rs",
];

pub(crate) fn facts(python: Option<&Python>) -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let field = |text: &str, key: &str| {
        let line = text.lines().find(|line| line.starts_with(key)).unwrap_or_default();
        line.split_once(':').map_or("unknown", |(_, value)| value.trim()).to_string()
    };
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let mut text = format!(
        "{cores} cores ({}), memory {}, Linux {}, transparent huge pages {}.\n\n",
        field(&read("/proc/cpuinfo"), "model name"),
        field(&read("/proc/meminfo"), "MemTotal"),
        read("/proc/sys/kernel/osrelease").trim(),
        chosen(&read("/sys/kernel/mm/transparent_hugepage/enabled")),
    );
    let lock = include_str!("../../../Cargo.lock");
    let versions: Vec<_> = PEERS.iter().map(|peer| format!("{peer} {}", locked(lock, peer))).collect();
    let _ = writeln!(text, "Rust: {}.\n", versions.join(", "));
    match python {
        None => text.push_str("Python: none was named (`--python PATH`).\n"),
        Some(python) => {
            let versions: Vec<_> = python.versions.iter().map(|(name, version)| format!("{name} {version}")).collect();
            let _ = writeln!(text, "Python: {}.", versions.join(", ").replace('"', ""));
        }
    }
    text
}

/// The active one of the kernel's choices, which it shows in brackets: `always [madvise] never`.
fn chosen(choices: &str) -> &str {
    let inside = choices.split_once('[').and_then(|(_, rest)| rest.split_once(']'));
    inside.map_or("unknown", |(choice, _)| choice)
}

/// The newest version in the lock file, which is in ascending order.
fn locked<'l>(lock: &'l str, package: &str) -> &'l str {
    let after = lock.rsplit_once(&format!("\nname = \"{package}\"\nversion = \"")).map(|(_, after)| after);
    after.and_then(|after| after.split('"').next()).unwrap_or("unknown")
}
