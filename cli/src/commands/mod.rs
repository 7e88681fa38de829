//! One file for each command. It calls the function behind the command and prints the result.

mod check;
mod completions;
mod convert;
mod diff;
mod generate;
mod inspect;
mod lock;
mod outcome;

pub(crate) use self::outcome::Outcome;
use crate::args::Command;
use crate::print::Printer;

pub(crate) fn run(command: Command, printer: &Printer) -> anyhow::Result<Outcome> {
    match command {
        Command::Inspect(args) => inspect::run(&args, printer),
        Command::Lock(args) => lock::run(&args, printer),
        Command::Check(args) => check::run(&args, printer),
        Command::Diff(args) => diff::run(&args, printer),
        Command::Generate(args) => generate::run(&args, printer),
        Command::Convert(args) => convert::run(&args, printer),
        Command::Completions(args) => completions::run(&args, printer),
    }
}
