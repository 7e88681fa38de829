//! Long work: a progress bar on a terminal and nowhere else, and Ctrl-C.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};

use crate::{command, on_terminal};

/// A file with one tensor of zeros, which takes no space if the file system has sparse files.
fn zeros(path: &Path, mebibytes: u64) {
    let bytes = mebibytes << 20;
    let header = format!("{{\"weight\":{{\"dtype\":\"F32\",\"shape\":[{}],\"data_offsets\":[0,{bytes}]}}}}", bytes / 4);
    let mut file = File::create(path).unwrap();
    file.write_all(&(header.len() as u64).to_le_bytes()).unwrap();
    file.write_all(header.as_bytes()).unwrap();
    file.set_len(8 + header.len() as u64 + bytes).unwrap();
}

#[test]
fn a_bar_is_shown_on_a_terminal_alone() {
    let scratch = tempfile::tempdir().unwrap();
    let (from, to) = (scratch.path().join("a.safetensors"), scratch.path().join("b.npz"));
    zeros(&from, 64);
    for (args, verb) in [
        ([Path::new("convert"), &from, &to, Path::new("--color=never")], "converting ["),
        ([Path::new("diff"), &from, &to, Path::new("--values")], "comparing ["),
    ] {
        let (shown, code) = on_terminal(command(args));
        assert_eq!(code, Some(0), "{shown}");
        let total = if verb == "comparing [" { "of 128.00 MiB" } else { "of 64.00 MiB" };
        assert!(shown.contains(verb) && shown.contains(total), "{shown}");
        // the bar is gone before the result is printed
        let last = shown.lines().last().unwrap().rsplit('\r').next().unwrap();
        assert!(!last.contains(verb), "{last}");
        assert_eq!(crate::run(args).quiet(0).lines().count(), 1);
    }
}

#[test]
fn an_interrupted_conversion_leaves_everything_as_it_was() {
    // Ctrl-C, and the signals of a scheduler and of a terminal that closes
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        interrupted(signal);
    }
}

fn interrupted(signal: Signal) {
    let scratch = tempfile::tempdir().unwrap();
    let (from, to) = (scratch.path().join("a.safetensors"), scratch.path().join("b.safetensors"));
    // more than any machine converts before it is interrupted
    zeros(&from, 1 << 16);
    fs::write(&to, "was there").unwrap();
    let mut child = command([Path::new("convert"), &from, &to, Path::new("--cast=bf16")])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // it is under way when its temporary files are there
    while fs::read_dir(scratch.path()).unwrap().count() < 3 {
        assert!(child.try_wait().unwrap().is_none(), "it ended before it could be interrupted");
        std::thread::yield_now();
    }
    kill_process(Pid::from_child(&child), signal).unwrap();
    let (mut printed, mut said) = (String::new(), String::new());
    child.stdout.take().unwrap().read_to_string(&mut printed).unwrap();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!((printed.as_str(), said.as_str()), ("", "error: interrupted; nothing was changed\n"));
    assert_eq!(fs::read_to_string(&to).unwrap(), "was there");
    assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 2, "something is left behind");
}
