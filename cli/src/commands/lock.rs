//! `weighbridge lock`

use std::fs;
use std::io::ErrorKind;
use std::ops::ControlFlow;
use std::path::Path;

use anyhow::{Context, bail};
use serde::Serialize;
use weighbridge::lock::Lock;
use weighbridge::{Checkpoint, CheckpointError};
use weighbridge_tools::diff::{Diff, Options, diff};

use super::outcome::Outcome;
use crate::args;
use crate::files;
use crate::print::Printer;

/// The form of `--json`.
#[derive(Serialize)]
struct Locked<'a> {
    checkpoint: &'a str,
    tensors: usize,
    lines: Vec<Line<'a>>,
}

#[derive(Serialize)]
struct Line<'a> {
    pattern: String,
    count: usize,
    dtype: &'static str,
    shape: &'a [usize],
}

/// The form of `--update --json`.
#[derive(Serialize)]
struct Updated<'a> {
    checkpoint: &'a str,
    lock: String,
    rewritten: bool,
    diff: Diff,
}

pub(crate) fn run(args: &args::Lock, printer: &Printer) -> anyhow::Result<Outcome> {
    let checkpoint = Checkpoint::open(&args.file)?;
    let lock = checkpoint.lock()?;
    if let Some(path) = &args.update {
        return update(&checkpoint, &lock, path, printer);
    }
    let lines = lock.lines().iter().map(|line| Line {
        pattern: line.pattern.to_string(),
        count: line.pattern.count(),
        dtype: line.dtype.name(),
        shape: &line.shape,
    });
    let locked = Locked { checkpoint: checkpoint.label(), tensors: lock.len(), lines: lines.collect() };
    printer.print(&locked, || lock.to_string())?;
    Ok(Outcome::Done)
}

/// Rewrites a lock, if that changes anything, and says what the checkpoint has that the lock had not.
fn update(checkpoint: &Checkpoint, lock: &Lock, path: &Path, printer: &Printer) -> anyhow::Result<Outcome> {
    let old = match Checkpoint::open(path) {
        Err(CheckpointError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => {
            let (file, path) = (checkpoint.label(), path.display());
            bail!("{path} is not there, so it cannot be updated; make it with `weighbridge lock {file} > {path}`")
        }
        old => old?,
    };
    if !old.is_lock() {
        bail!("{} is a checkpoint and no lock, and is not rewritten; give the lock after `--update`", path.display());
    }
    let text = fs::read_to_string(path).with_context(|| format!("{} could not be read", path.display()))?;
    let commented: Lock = text.parse().with_context(|| format!("{} is no lock", path.display()))?;
    let new = lock.with_comments_of(&commented).to_string();
    let diff = diff(&old, checkpoint, &Options::new(), &mut |_| ControlFlow::Continue(()))?;
    let rewritten = new != text;
    if rewritten {
        files::replace(path, &new)?;
    }
    let lock = path.display().to_string();
    let updated = Updated { checkpoint: checkpoint.label(), lock, rewritten, diff };
    printer.print(&updated, || match &updated {
        Updated { lock, rewritten: false, .. } => format!("{lock} is up to date"),
        Updated { lock, diff, .. } if diff.same => format!("{lock} says what it said, in the usual form"),
        Updated { lock, diff, .. } => {
            format!("{lock} is rewritten; what it said, and what there is:\n{}", diff.to_ansi())
        }
    })?;
    Ok(Outcome::Done)
}
