//! `weighbridge diff`

use weighbridge_tools::diff::{DiffError, Options, diff};

use super::outcome::Outcome;
use crate::args::Diff;
use crate::open::open_both;
use crate::print::Printer;
use crate::progress::{Bar, Interrupted};

pub(crate) fn run(args: &Diff, printer: &Printer) -> anyhow::Result<Outcome> {
    let [a, b] = open_both(&args.names, [&args.a, &args.b], printer)?;
    let mut options = Options::new().values(args.values);
    // headers alone are compared at once
    let bar = args.values.then(|| Bar::new("comparing"));
    if let Some(bar) = &bar {
        options = options.progress(bar.callback());
    }
    let result = diff(&a, &b, &options);
    drop(bar);
    let diff = match result {
        Err(DiffError::Cancelled) => return Err(Interrupted.into()),
        result => result?,
    };
    printer.print(&diff, || diff.to_ansi())?;
    Ok(if diff.same { Outcome::Done } else { Outcome::Differs })
}
