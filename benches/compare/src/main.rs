//! Weighbridge, its peers and the limits of the machine on the same files, in one run. See the README beside this package.

mod burn;
mod case;
mod element;
mod files;
mod limits;
mod machine;
mod measure;
mod memory;
mod options;
mod ours;
mod peers;
mod rows;
mod run;
mod table;
mod targets;
mod written;

use std::error::Error;
use std::process::ExitCode;

use serde_json::json;

use case::{CASES, Case};
use options::Options;
use rows::{ROWS, Row, Run};
use run::{Cell, Python};

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let ended = match args.as_slice() {
        [flag, case, row] if flag == "--child" => child(case, row),
        _ => compare(args),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// One load in a process of its own. The process then ends, and drops nothing that was loaded.
fn child(case: &str, row: &str) -> Result<(), Box<dyn Error>> {
    let case = Case::named(case).ok_or("no such case")?;
    let row = Row::named(row).ok_or("no such row")?;
    let Run::Here(run) = row.run else { return Err("this row is Python's".into()) };
    println!("{}", serde_json::to_string(&run(case)?)?);
    Ok(())
}

fn compare(args: Vec<String>) -> Result<(), Box<dyn Error>> {
    let options = Options::parse(args.into_iter())?;
    if let Some(unknown) = options.cases.iter().find(|name| Case::named(name).is_none()) {
        let names: Vec<_> = CASES.iter().map(|case| case.name).collect();
        return Err(format!("no case `{unknown}`; there are {}", names.join(", ")).into());
    }
    let python = options.python.clone().map(Python::at).transpose()?;
    println!("{}", machine::facts(python.as_ref()));
    let absent: Vec<_> =
        ROWS.iter().filter(|row| row.lacks(python.as_ref()).is_some()).map(|row| format!("`{}`", row.name)).collect();
    if !absent.is_empty() {
        println!("Absent, for want of a Python library: {}.\n", absent.join(", "));
    }
    println!("Medians of {} rounds; each load in a fresh process, files in the page cache.\n", options.rounds);
    let mut all = Vec::new();
    for case in
        CASES.iter().filter(|case| options.cases.is_empty() || options.cases.iter().any(|name| name == case.name))
    {
        files::prepare(case, python.as_ref())?;
        let cells = run::run(case, &options.loaders, options.rounds, python.as_ref())?;
        println!("{}", table::table(case, &cells));
        all.push((case, cells));
    }
    print!("{}", targets::targets(&all));
    if let Some(path) = options.json {
        std::fs::write(path, serde_json::to_string_pretty(&all.iter().map(as_json).collect::<Vec<_>>())?)?;
    }
    Ok(())
}

fn as_json((case, cells): &(&Case, Vec<Cell>)) -> serde_json::Value {
    let rows: Vec<_> =
        cells.iter().map(|cell| json!({ "loader": cell.row.name, "runs": cell.runs, "failed": cell.failed })).collect();
    json!({ "case": case.name, "bytes": case.bytes(), "rows": rows })
}
