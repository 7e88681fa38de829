//! `weighbridge check`

use weighbridge::{LoadError, Report};
use weighbridge_checkpoint::Checkpoint;

use super::outcome::Outcome;
use crate::args::Check;
use crate::print::Printer;

pub(crate) fn run(args: &Check, printer: &Printer) -> anyhow::Result<Outcome> {
    let expected = Checkpoint::open(&args.lock)?;
    let report = report(&expected, &Checkpoint::open(&args.file)?)?;
    printer.print(&report, || report.to_ansi())?;
    Ok(if report.ok { Outcome::Done } else { Outcome::Differs })
}

/// The report of the check. A mismatch is a result here and not an error.
fn report(expected: &Checkpoint, checkpoint: &Checkpoint) -> Result<Report, LoadError> {
    match weighbridge::lock::check(&expected.lock()?, expected.label(), checkpoint) {
        Err(LoadError::Mismatch(report)) => Ok(*report),
        result => result,
    }
}
