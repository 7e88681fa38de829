//! `cargo run -p weighbridge-tools --example page -- CHECKPOINT --html PAGE`: shows a checkpoint, and writes the page about it.

use std::process::ExitCode;

use weighbridge::Checkpoint;
use weighbridge_tools::inspect::inspect;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, "--html", page] = arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] else {
        eprintln!("expected: CHECKPOINT --html PAGE");
        return ExitCode::FAILURE;
    };
    let inspection = match Checkpoint::open(path) {
        Ok(checkpoint) => inspect(&checkpoint),
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    print!("{inspection}");
    match std::fs::write(page, inspection.html()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{page}: {error}");
            ExitCode::FAILURE
        }
    }
}
