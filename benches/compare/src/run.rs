//! Runs every loader of a case in processes of its own, one round of all after another.

use std::error::Error;
use std::fs::File;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::case::{Case, Form, Model, Shapes};
use crate::measure::Measured;
use crate::rows::{ROWS, Row, Run};

/// A load that takes longer than this is ended, and has no figure.
pub(crate) const LIMIT: Duration = Duration::from_secs(30);
/// A load that takes longer than this is done once.
const SLOW_MS: f64 = 20_000.0;

/// One row of a case's table.
pub(crate) struct Cell {
    pub(crate) row: &'static Row,
    pub(crate) runs: Vec<Measured>,
    /// Why there is no figure.
    pub(crate) failed: Option<String>,
}

pub(crate) struct Python {
    pub(crate) path: PathBuf,
    /// Library to version, of those that are installed.
    pub(crate) versions: serde_json::Map<String, serde_json::Value>,
}

impl Python {
    pub(crate) fn at(path: PathBuf) -> Result<Python, Box<dyn Error>> {
        let output = Command::new(&path).arg(script()).arg("versions").stderr(Stdio::inherit()).output()?;
        Ok(Python { path, versions: serde_json::from_slice(&output.stdout)? })
    }
}

fn script() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("peers.py")
}

impl Cell {
    fn sorted(&self, of: impl Fn(&Measured) -> f64) -> Vec<f64> {
        let mut figures: Vec<_> = self.runs.iter().map(of).collect();
        figures.sort_by(f64::total_cmp);
        figures
    }

    /// The middle, least and greatest time.
    pub(crate) fn ms(&self) -> Option<[f64; 3]> {
        let times = self.sorted(|run| run.ms);
        Some([median(&times)?, *times.first()?, *times.last()?])
    }

    /// The middle of the peaks, and of what the load added to what was there before, in bytes.
    pub(crate) fn peak(&self) -> Option<[f64; 2]> {
        let (peak, added) =
            (|run: &Measured| run.peak as f64, |run: &Measured| run.peak.saturating_sub(run.before) as f64);
        Some([median(&self.sorted(peak))? * 1024.0, median(&self.sorted(added))? * 1024.0])
    }
}

fn median(sorted: &[f64]) -> Option<f64> {
    let half = sorted.len() / 2;
    let upper = *sorted.get(half)?;
    Some(if sorted.len() % 2 == 0 { (sorted[half - 1] + upper) / 2.0 } else { upper })
}

impl Row {
    /// The library of Python that the row needs and that is not there.
    pub(crate) fn lacks(&self, python: Option<&Python>) -> Option<&'static str> {
        match self.run {
            Run::Here(_) => None,
            Run::Python(library) => {
                python.is_none_or(|python| !python.versions.contains_key(library)).then_some(library)
            }
        }
    }
}

/// All rows of the case whose name has `only` in it.
pub(crate) fn run(
    case: &Case,
    only: &str,
    rounds: usize,
    python: Option<&Python>,
) -> Result<Vec<Cell>, Box<dyn Error>> {
    let wanted = |row: &&Row| row.cases.contains(&case.name) && row.name.contains(only) && row.lacks(python).is_none();
    let cell = |row| Cell { row, runs: Vec::new(), failed: None };
    let mut cells: Vec<_> = ROWS.iter().filter(wanted).map(cell).collect();
    for round in 0..rounds {
        eprintln!("{}: round {} of {rounds}", case.name, round + 1);
        let count = cells.len();
        for place in 0..count {
            // each round begins with another row, so that no row always runs behind the same one
            let cell = &mut cells[(place + round) % count];
            let slow = cell.runs.first().is_some_and(|first| first.ms > SLOW_MS);
            if cell.failed.is_some() || slow {
                continue;
            }
            match child(case, cell.row, python)? {
                Ok(measured) => cell.runs.push(measured),
                Err(failed) => cell.failed = Some(failed),
            }
        }
    }
    Ok(cells)
}

type Outcome = Result<Measured, String>;

fn child(case: &Case, row: &Row, python: Option<&Python>) -> Result<Outcome, Box<dyn Error>> {
    let mut command = match (&row.run, python) {
        (Run::Python(_), Some(python)) => {
            let mut command = Command::new(&python.path);
            command.arg(script()).arg(spec(case, row).to_string());
            command
        }
        _ => {
            let mut command = Command::new(std::env::current_exe()?);
            command.args(["--child", case.name, row.name]);
            command
        }
    };
    let stem = std::env::temp_dir().join("weighbridge-compare").join("child");
    let (out, err) = (stem.with_extension("out"), stem.with_extension("err"));
    let mut child = command.stdin(Stdio::null()).stdout(File::create(&out)?).stderr(File::create(&err)?).spawn()?;
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if start.elapsed() > LIMIT {
            child.kill()?;
            child.wait()?;
            return Ok(Err(format!("> {} s", LIMIT.as_secs())));
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    if !status.success() {
        let text = std::fs::read_to_string(err)?;
        return Ok(Err(format!("failed: {}", text.lines().last().unwrap_or("it said nothing"))));
    }
    let measured: Measured = serde_json::from_str(&std::fs::read_to_string(out)?)?;
    Ok(measured.verify(case).map(|()| measured).map_err(|wrong| format!("wrong values: {wrong}")))
}

/// What `peers.py` is told.
fn spec(case: &Case, row: &Row) -> serde_json::Value {
    let picks: Vec<_> = case.picks().into_iter().map(|pick| json!([pick.name, pick.index])).collect();
    let mut spec = json!({
        "loader": row.name,
        "path": case.path(),
        "cast": case.model == Model::LlamaCast,
        "picks": picks,
    });
    if let (Form::Npz { .. }, Shapes::Alike(count, [rows, columns])) = (case.form, case.shapes) {
        spec["alike"] = json!([count, rows, columns]);
    }
    spec
}
