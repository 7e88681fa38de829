//! The command `weighbridge`: parses arguments and prints results. The work is done in `weighbridge-tools`.
#![forbid(unsafe_code)]

mod args;
mod calls;
mod commands;
mod files;
mod json;
mod names;
mod open;
mod print;
mod progress;
mod remedies;
mod size;

use std::process::ExitCode;

use crate::args::Args;
use crate::print::Printer;

fn main() -> ExitCode {
    let args = Args::read();
    let printer = Printer::new(&args);
    match commands::run(args.command, &printer) {
        Ok(outcome) => ExitCode::from(outcome as u8),
        Err(error) => ExitCode::from(printer.failure(&error)),
    }
}
