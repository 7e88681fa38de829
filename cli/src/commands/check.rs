//! `weighbridge check`

use weighbridge::{LoadError, Loader, Report};
use weighbridge_checkpoint::{Checkpoint, NamesRoom};

use super::outcome::Outcome;
use crate::args::Check;
use crate::files::quoted;
use crate::open::whole;
use crate::print::Printer;
use crate::remedies::Remedies;

/// What the check takes, and a report that has a row for each tensor.
const ROOM: NamesRoom = NamesRoom { tensor: 1792, component: 768, copies: 4 };

pub(crate) fn run(args: &Check, printer: &Printer) -> anyhow::Result<Outcome> {
    let expected = Checkpoint::open(&args.lock)?;
    let checkpoint = whole(args.names.selection(), &args.file)?;
    for side in [&expected, &checkpoint] {
        side.room_for("the report", ROOM)?;
    }
    let report = report(args, &expected, &checkpoint)?;
    printer.print(&report, || report.to_ansi())?;
    // names that meet have no lock, and `lock` refuses a renaming that fits nothing
    if !report.ok && expected.is_lock() && report.duplicate.is_empty() && report.stale_renames.is_empty() {
        let ([file, lock], words) = ([&args.file, &args.lock].map(|path| quoted(path)), args.names.words());
        printer.note(&format!(
            "note: if the checkpoint is right, bring the lock up to date with `weighbridge lock {file} --update {lock}{words}`"
        ));
    }
    Ok(if report.ok { Outcome::Done } else { Outcome::Differs })
}

/// The report of the check, with switches as remedies. A mismatch is a result here and not an error.
fn report(args: &Check, expected: &Checkpoint, checkpoint: &Checkpoint) -> Result<Report, LoadError> {
    let (renames, ignore) = args.names.parts();
    match Loader::new().renames(renames).ignore(ignore).check_lock(&expected.lock()?, expected.label(), checkpoint) {
        Err(LoadError::Mismatch(report)) => {
            let remedies = Remedies::of(args.names.changed(checkpoint));
            Ok(report.map_hints(|hint| remedies.in_switches(hint)))
        }
        result => result,
    }
}
