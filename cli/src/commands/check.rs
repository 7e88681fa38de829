//! `weighbridge check`

use weighbridge::{LoadError, Report};
use weighbridge_checkpoint::Checkpoint;

use super::outcome::Outcome;
use crate::args::Check;
use crate::files::quoted;
use crate::open::open;
use crate::print::Printer;

pub(crate) fn run(args: &Check, printer: &Printer) -> anyhow::Result<Outcome> {
    let expected = Checkpoint::open(&args.lock)?;
    let report = report(&expected, &open(&args.names, &args.file, printer)?)?;
    printer.print(&report, || report.to_ansi())?;
    if !report.ok && expected.is_lock() {
        let [file, lock] = [&args.file, &args.lock].map(|path| quoted(&path.to_string_lossy()).into_owned());
        let words = args.names.words();
        printer.note(&format!(
            "note: if the checkpoint is right, bring the lock up to date with `weighbridge lock {file} --update {lock}{words}`"
        ));
    }
    Ok(if report.ok { Outcome::Done } else { Outcome::Differs })
}

/// The report of the check. A mismatch is a result here and not an error.
fn report(expected: &Checkpoint, checkpoint: &Checkpoint) -> Result<Report, LoadError> {
    match weighbridge::lock::check(&expected.lock()?, expected.label(), checkpoint) {
        Err(LoadError::Mismatch(report)) => Ok(*report),
        result => result,
    }
}
