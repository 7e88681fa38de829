//! Opens the checkpoints that a command looks at, as its switches for names ask for.

use weighbridge_checkpoint::{Checkpoint, CheckpointError, OpenOptions, Source};
use weighbridge_lock::shown;
use weighbridge_tools::{Selected, Selection};

use crate::names::Names;
use crate::print::Printer;

/// Opens a checkpoint, and returns what is selected of it. Says which patterns fit no name.
pub(crate) fn open(names: &Names, source: impl Into<Source>, printer: &Printer) -> anyhow::Result<Checkpoint> {
    let Selected { checkpoint, stale_ignores, .. } = names.selection().of(&whole(names.selection(), source)?)?;
    note_stale(&stale_ignores, printer);
    Ok(checkpoint)
}

/// Opens two checkpoints. The names of the first change; what is ignored is ignored in both.
pub(crate) fn open_both(
    names: &Names,
    sources: [impl Into<Source>; 2],
    printer: &Printer,
) -> anyhow::Result<[Checkpoint; 2]> {
    let [a, b] = sources;
    let a = names.selection().of(&whole(names.selection(), a)?)?;
    let b = names.ignoring().of(&whole(names.ignoring(), b)?)?;
    let stale: Vec<String> = a.stale_ignores.into_iter().filter(|pattern| b.stale_ignores.contains(pattern)).collect();
    note_stale(&stale, printer);
    Ok([a.checkpoint, b.checkpoint])
}

/// Opens all of a checkpoint but the members of an archive that are no arrays and are to be ignored.
pub(crate) fn whole(selection: Selection, source: impl Into<Source>) -> Result<Checkpoint, CheckpointError> {
    source.into().open(&OpenOptions::new().skip(move |name| selection.ignores(name)))
}

/// Says which patterns of `--ignore` fit no name.
pub(crate) fn note_stale(patterns: &[String], printer: &Printer) {
    for pattern in patterns {
        printer.note(&format!("note: `{}` of `--ignore` fits no name; correct it or leave it out", shown(pattern)));
    }
}
