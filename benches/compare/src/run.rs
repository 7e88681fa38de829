//! Runs every loader of a case in a process of its own, round after round.

use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use memmap2::MmapMut;
use serde_json::json;

use crate::case::{Case, Form, Shapes};
use crate::measure::Measured;
use crate::memory;
use crate::rows::{ROWS, Row, Run};

/// A load that takes longer is ended, and has no figure.
const LIMIT: Duration = Duration::from_secs(30);
/// How long imports and building a module may take.
const PREPARE: Duration = Duration::from_secs(120);
/// A load that takes longer runs once.
const SLOW_MS: f64 = 20_000.0;

/// The seed of the rounds' orders, so that a run can be repeated.
const SEED: u64 = 0x5eed;

/// One row of a case's table.
pub(crate) struct Cell {
    pub(crate) row: &'static Row,
    pub(crate) runs: Vec<Measured>,
    /// Why there is no figure.
    pub(crate) failed: Option<String>,
}

pub(crate) struct Python {
    pub(crate) path: PathBuf,
    /// The installed libraries and their versions.
    pub(crate) versions: serde_json::Map<String, serde_json::Value>,
}

impl Python {
    pub(crate) fn at(path: PathBuf) -> Result<Python, Box<dyn Error>> {
        let output = Command::new(&path).arg(script()).arg("versions").stderr(Stdio::inherit()).output()?;
        Ok(Python { path, versions: serde_json::from_slice(&output.stdout)? })
    }
}

pub(crate) fn script() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("peers.py")
}

impl Cell {
    fn sorted(&self, of: impl Fn(&Measured) -> f64) -> Vec<f64> {
        let mut figures: Vec<_> = self.runs.iter().map(of).collect();
        figures.sort_by(f64::total_cmp);
        figures
    }

    /// The median, least and greatest time.
    pub(crate) fn ms(&self) -> Option<[f64; 3]> {
        let times = self.sorted(|run| run.ms);
        Some([median(&times)?, *times.first()?, *times.last()?])
    }

    /// The medians of the peak and of what the load added to the memory before it, in bytes.
    pub(crate) fn peak(&self) -> Option<[f64; 2]> {
        let (peak, added) =
            (|run: &Measured| run.peak as f64, |run: &Measured| run.peak.saturating_sub(run.before) as f64);
        Some([median(&self.sorted(peak))? * 1024.0, median(&self.sorted(added))? * 1024.0])
    }
}

fn median(sorted: &[f64]) -> Option<f64> {
    let half = sorted.len() / 2;
    let upper = *sorted.get(half)?;
    Some(if sorted.len().is_multiple_of(2) { (sorted[half - 1] + upper) / 2.0 } else { upper })
}

impl Row {
    /// The Python library that the row needs and that is absent.
    pub(crate) fn lacks(&self, python: Option<&Python>) -> Option<&'static str> {
        match self.run {
            Run::Here(_) => None,
            Run::Python(library) => {
                python.is_none_or(|python| !python.versions.contains_key(library)).then_some(library)
            }
        }
    }
}

/// The rows of the case whose names contain one of `only`, or all if `only` is empty.
pub(crate) fn run(
    case: &Case,
    only: &[String],
    rounds: usize,
    python: Option<&Python>,
) -> Result<Vec<Cell>, Box<dyn Error>> {
    let named = |row: &Row| only.is_empty() || only.iter().any(|name| row.name.contains(name));
    let wanted = |row: &&Row| row.cases.contains(&case.name) && named(row) && row.lacks(python).is_none();
    let cell = |row| Cell { row, runs: Vec::new(), failed: None };
    let mut cells: Vec<_> = ROWS.iter().filter(wanted).map(cell).collect();
    let mut order: Vec<_> = (0..cells.len()).collect();
    let (mut pool, mut state) = (None, SEED);
    for round in 0..rounds {
        eprintln!("{}: round {} of {rounds}", case.name, round + 1);
        // shuffled, because a row leaves the machine in some state, so none may always run after the same one
        shuffle(&mut order, &mut state);
        for &place in &order {
            let cell = &mut cells[place];
            let slow = cell.runs.first().is_some_and(|first| first.ms > SLOW_MS);
            if cell.failed.is_some() || slow {
                continue;
            }
            if pool.is_none() {
                pool = Some(warm(case)?);
            }
            match child(case, cell.row, python, &mut pool)? {
                Ok(measured) => cell.runs.push(measured),
                Err(failed) => cell.failed = Some(failed),
            }
        }
    }
    Ok(cells)
}

/// A Fisher–Yates shuffle with a linear congruential generator.
fn shuffle(order: &mut [usize], state: &mut u64) {
    for last in (1..order.len()).rev() {
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // its low bits have a short period
        order.swap(last, (*state >> 33) as usize % (last + 1));
    }
}

type Outcome = Result<Measured, String>;

fn child(
    case: &Case,
    row: &Row,
    python: Option<&Python>,
    pool: &mut Option<MmapMut>,
) -> Result<Outcome, Box<dyn Error>> {
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
    let err = std::env::temp_dir().join("weighbridge-compare").join("child.err");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(File::create(&err)?).spawn()?;
    let lines = lines(child.stdout.take());
    let ready = lines.recv_timeout(PREPARE);
    if ready.is_ok() {
        drop(pool.take());
        if let Some(mut go) = child.stdin.take() {
            go.write_all(b"\n")?;
        }
    }
    let limit = if ready.is_ok() { LIMIT } else { PREPARE };
    let line = ready.and_then(|_| lines.recv_timeout(LIMIT));
    if line == Err(RecvTimeoutError::Timeout) {
        child.kill()?;
    }
    let status = child.wait()?;
    Ok(match line {
        Err(RecvTimeoutError::Timeout) => Err(format!("> {} s", limit.as_secs())),
        Ok(line) if status.success() => {
            let measured: Measured = serde_json::from_str(&line)?;
            measured.verify(case).map(|()| measured).map_err(|wrong| format!("wrong values: {wrong}"))
        }
        _ => {
            let text = std::fs::read_to_string(err)?;
            Err(format!("failed: {}", text.lines().last().unwrap_or("it said nothing")))
        }
    })
}

/// The child's lines as they come: that it is ready, and what it measured.
fn lines(out: Option<ChildStdout>) -> Receiver<String> {
    let (send, receive) = channel();
    thread::spawn(move || {
        let lines = out.into_iter().flat_map(|out| BufReader::new(out).lines());
        lines.map_while(Result::ok).try_for_each(|line| send.send(line))
    });
    receive
}

/// As much memory as a load of the case may need, touched. It is held between loads and freed right before each one. A
/// virtual machine returns memory that is free for some seconds to its host, and getting it back takes longer than any load.
fn warm(case: &Case) -> std::io::Result<MmapMut> {
    let mut memory = memory::fresh(2 * case.bytes() + (512 << 20), true)?;
    memory.iter_mut().step_by(memory::PAGE).for_each(|byte| *byte = 1);
    Ok(memory)
}

/// The input of `peers.py`.
fn spec(case: &Case, row: &Row) -> serde_json::Value {
    let picks: Vec<_> = case.picks().into_iter().map(|pick| json!([pick.name, pick.index])).collect();
    let mut spec = json!({
        "loader": row.name,
        "path": case.path(),
        "cast": case.is_cast(),
        "picks": picks,
    });
    if let (Form::Npz { .. }, Shapes::Alike(count, [rows, columns])) = (case.form, case.shapes) {
        spec["alike"] = json!([count, rows, columns]);
    }
    spec
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROUNDS: usize = 7;
    const COUNT: usize = 20;

    fn orders() -> Vec<Vec<usize>> {
        let (mut order, mut state): (Vec<_>, _) = ((0..COUNT).collect(), SEED);
        let round = |_| {
            shuffle(&mut order, &mut state);
            order.clone()
        };
        (0..ROUNDS).map(round).collect()
    }

    #[test]
    fn every_round_has_every_row_once() {
        for mut order in orders() {
            order.sort_unstable();
            assert!(order.into_iter().eq(0..COUNT));
        }
    }

    #[test]
    fn a_row_runs_behind_another_one_in_most_rounds() {
        let orders = orders();
        for row in 0..COUNT {
            let behind = |order: &Vec<usize>| {
                let place = order.iter().position(|&other| other == row)?;
                order.get(place.checked_sub(1)?).copied()
            };
            let mut before: Vec<_> = orders.iter().map(behind).collect();
            before.sort_unstable();
            before.dedup();
            assert!(before.len() > ROUNDS / 2, "{row} runs behind {before:?}");
        }
    }
}
