//! `weighbridge lock`

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context, bail};
use serde::Serialize;
use weighbridge_checkpoint::{Checkpoint, CheckpointError, NamesRoom};
use weighbridge_lock::{Lock, shown};
use weighbridge_tools::diff::{Diff, Options, diff};

use super::outcome::Outcome;
use crate::args;
use crate::files;
use crate::names::Names;
use crate::open::open;
use crate::print::Printer;

/// What the text takes, or the JSON.
const TEXT: NamesRoom = NamesRoom { tensor: 512, component: 8, copies: 6 };

/// What `--json` prints.
#[derive(Serialize)]
struct Locked<'a> {
    checkpoint: &'a str,
    tensor_count: usize,
    lines: Vec<Line<'a>>,
}

#[derive(Serialize)]
struct Line<'a> {
    pattern: String,
    tensor_count: usize,
    dtype: &'static str,
    shape: &'a [usize],
}

/// What `--update --json` prints.
#[derive(Serialize)]
struct Updated<'a> {
    checkpoint: &'a str,
    lock: String,
    rewritten: bool,
    diff: Diff,
}

pub(crate) fn run(args: &args::Lock, printer: &Printer) -> anyhow::Result<Outcome> {
    let checkpoint = open(&args.names, &args.file, printer)?;
    let lock = checkpoint.lock()?;
    if let Some(path) = &args.update {
        return update(&checkpoint, &lock, path, &args.names, printer);
    }
    checkpoint.room_for("the text", TEXT)?;
    let lines = lock.lines().iter().map(|line| Line {
        pattern: line.pattern.to_string(),
        tensor_count: line.pattern.count(),
        dtype: line.dtype.name(),
        shape: &line.shape,
    });
    let locked = Locked { checkpoint: checkpoint.label(), tensor_count: lock.len(), lines: lines.collect() };
    printer.print(&locked, || lock.to_string())?;
    Ok(Outcome::Done)
}

/// Rewrites a lock if that changes anything, and shows how the checkpoint differs from the old lock.
fn update(
    checkpoint: &Checkpoint,
    lock: &Lock,
    path: &Path,
    names: &Names,
    printer: &Printer,
) -> anyhow::Result<Outcome> {
    let old = match Checkpoint::open(path) {
        Err(CheckpointError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => {
            let remedy = format!(
                "weighbridge lock {}{} > {}",
                files::quoted(Path::new(checkpoint.label())),
                names.words(),
                files::quoted(path)
            );
            bail!("{} does not exist; make it with `{remedy}`", files::name(path))
        }
        old => old?,
    };
    if !old.is_lock() {
        bail!("{} is a checkpoint and not a lock; give the path of the lock after `--update`", files::name(path));
    }
    let text = fs::read_to_string(path).with_context(|| format!("{} could not be read", files::name(path)))?;
    let commented: Lock = text.parse().with_context(|| format!("{} is not a lock", files::name(path)))?;
    let new = lock.with_comments_of(&commented).to_string();
    let diff = diff(&old, checkpoint, &Options::new())?;
    let rewritten = new != text;
    if rewritten {
        files::replace(path, &new)?;
    }
    let lock = path.display().to_string();
    let updated = Updated { checkpoint: checkpoint.label(), lock, rewritten, diff };
    printer.print(&updated, || match &updated {
        Updated { lock, rewritten: false, .. } => format!("{} is up to date", shown(lock)),
        Updated { lock, diff, .. } if diff.same => {
            format!("{} is rewritten in the usual form; its contents are the same", shown(lock))
        }
        Updated { lock, diff, .. } => {
            let diff = diff.to_ansi();
            format!("{} is rewritten; its old contents compared with the checkpoint:\n{diff}", shown(lock))
        }
    })?;
    Ok(Outcome::Done)
}
