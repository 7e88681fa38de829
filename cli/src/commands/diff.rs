//! `weighbridge diff`

use std::ops::ControlFlow;

use weighbridge::Checkpoint;
use weighbridge_tools::diff::{DiffError, Options, diff};

use super::outcome::Outcome;
use crate::args::Diff;
use crate::print::Printer;
use crate::progress::{Bar, Interrupted};

pub(crate) fn run(args: &Diff, printer: &Printer) -> anyhow::Result<Outcome> {
    let (a, b) = (Checkpoint::open(&args.a)?, Checkpoint::open(&args.b)?);
    // headers are compared at once
    let bar = args.values.then(|| Bar::new("comparing"));
    let result = diff(&a, &b, &Options::new().values(args.values), &mut |at| match &bar {
        Some(bar) => bar.at(at.bytes_read, at.bytes_total),
        None => ControlFlow::Continue(()),
    });
    drop(bar);
    let diff = match result {
        Err(DiffError::Cancelled) => return Err(Interrupted.into()),
        result => result?,
    };
    printer.print(&diff, || diff.to_ansi())?;
    Ok(if diff.same { Outcome::Done } else { Outcome::Differs })
}
