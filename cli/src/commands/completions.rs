//! `weighbridge completions`

use clap::CommandFactory;

use super::outcome::Outcome;
use crate::args::{Args, Completions};
use crate::print::Printer;

pub(crate) fn run(args: &Completions, printer: &Printer) -> anyhow::Result<Outcome> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "weighbridge", &mut script);
    printer.text(&String::from_utf8(script)?)?;
    Ok(Outcome::Done)
}
