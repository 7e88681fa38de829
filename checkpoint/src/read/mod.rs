//! Reads many tensors in one pass over the file. Each element is read once, straight into its tensor's memory.
//!
//! A request is a list of [`Assignment`]s. [`read()`] reads all of it; [`fetch`] reads some of it, so that a caller can
//! go through a checkpoint with bounded memory.

// the data
mod checksum;
mod job;
mod problems;
mod progress;
mod scratch;
mod tensors;
// memory, and the jobs that fill it
mod blocks;
mod cut;
// a job
mod fill;
mod transfer;
mod whole;
// all jobs
mod threads;

pub(crate) use self::problems::{check_values, zeroed};
pub use self::progress::{Meter, OnProgress, Progress};
pub use self::tensors::Tensors;
pub use crate::assignment::{Assignment, Composed, Piece};

use self::blocks::Blocks;
use crate::checkpoint::Checkpoint;
use crate::error::{CheckpointError, Problem, ProblemKind};
use crate::tensor::AnyTensor;

/// How tensors are read.
#[derive(Clone, Default)]
pub struct Reading {
    /// `None` uses one thread per core, at most 4.
    pub threads: Option<usize>,
    /// Called after a tensor, or a part of a large one, was read.
    pub progress: Option<OnProgress>,
}

impl std::fmt::Debug for Reading {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reading").field("threads", &self.threads).finish_non_exhaustive()
    }
}

/// Reads all tensors of a list.
///
/// # Errors
/// If the file cannot be read, its bytes are damaged, or the callback cancels.
pub fn read<'t>(
    checkpoint: &'t Checkpoint,
    assignments: &'t [Option<Assignment>],
    reading: &Reading,
) -> Result<Tensors<'t>, CheckpointError> {
    let order = in_order(checkpoint, assignments);
    let meter = Meter::new(reading.progress.as_ref(), total(checkpoint, assignments, &order));
    let mut tensors = Tensors::none(checkpoint, assignments)?;
    fetch(&mut tensors, &order, reading.threads, &meter)?;
    for (number, assignment) in assignments.iter().enumerate() {
        if let Some(Assignment::Same(other)) = assignment {
            tensors.share(number, *other);
        }
    }
    Ok(tensors)
}

/// The numbers of the tensors that have their own elements, in file order, so that reading is sequential.
pub fn in_order(checkpoint: &Checkpoint, assignments: &[Option<Assignment>]) -> Vec<usize> {
    let is_own = |assignment: &Option<Assignment>| {
        assignment.as_ref().is_some_and(|assignment| !matches!(assignment, Assignment::Same(_)))
    };
    let mut wanted = Vec::with_capacity(assignments.len());
    wanted.extend((0..assignments.len()).filter(|&number| is_own(&assignments[number])));
    wanted.sort_by_key(|&number| assignments[number].as_ref().map(|assignment| position(checkpoint, assignment)));
    wanted
}

/// Reads the tensors with these numbers, all of which must have their own elements. Fastest [`in_order`].
///
/// # Errors
/// As [`read()`].
pub fn fetch(
    tensors: &mut Tensors<'_>,
    numbers: &[usize],
    threads: Option<usize>,
    meter: &Meter<'_>,
) -> Result<(), CheckpointError> {
    let mut blocks = Blocks::of(tensors, numbers)?;
    threads::run(blocks.jobs(), threads, meter)?;
    blocks.finish();
    Ok(())
}

/// Reads one tensor, which must have its own elements.
///
/// # Errors
/// As [`read()`].
pub fn fetch_one(
    checkpoint: &Checkpoint,
    assignment: Assignment,
    threads: Option<usize>,
) -> Result<AnyTensor, CheckpointError> {
    let assignments = [Some(assignment)];
    let mut tensors = Tensors::none(checkpoint, &assignments)?;
    fetch(&mut tensors, &[0], threads, &Meter::new(None, 0))?;
    match tensors.take(0) {
        Some(tensor) => Ok(tensor),
        None => unreachable!("what was asked for was fetched"),
    }
}

/// Where in the checkpoint a tensor's elements start.
fn position(checkpoint: &Checkpoint, assignment: &Assignment) -> (usize, u64) {
    match assignment {
        Assignment::Whole { entry, .. } => checkpoint.entry(*entry).position(),
        Assignment::Composed(composed) => match composed.pieces.first() {
            Some(Piece { entry, .. }) => checkpoint.entry(*entry).position(),
            None => (0, 0),
        },
        Assignment::Same(_) => (0, 0),
    }
}

/// How many bytes these tensors take in the file.
pub fn total(checkpoint: &Checkpoint, assignments: &[Option<Assignment>], numbers: &[usize]) -> u64 {
    numbers
        .iter()
        .filter_map(|&number| assignments[number].as_ref())
        .map(|assignment| bytes(checkpoint, assignment))
        .sum()
}

/// How many bytes a tensor takes in the file.
fn bytes(checkpoint: &Checkpoint, assignment: &Assignment) -> u64 {
    let piece = |piece: &Piece| checkpoint.entry(piece.entry).dtype().size_of(piece.strided.elements()).unwrap_or(0);
    match assignment {
        Assignment::Whole { entry, .. } => checkpoint.entry(*entry).byte_len() as u64,
        Assignment::Composed(composed) => composed.pieces.iter().map(|one| piece(one) as u64).sum(),
        Assignment::Same(_) => 0,
    }
}

impl Checkpoint {
    /// Reads the tensor of this name.
    ///
    /// # Errors
    /// If there is none, or several, or its bytes are damaged.
    pub fn tensor(&self, name: &str) -> Result<AnyTensor, CheckpointError> {
        let mut named = self.named(name);
        let (kind, message) = match (named.next(), named.next()) {
            (Some(entry), None) => {
                let assignment = Assignment::Whole { entry: entry.index(), dtype: entry.dtype(), vector: false };
                return fetch_one(self, assignment, None);
            }
            (None, _) => (ProblemKind::Name, "there is no tensor of this name"),
            (Some(_), Some(_)) => (ProblemKind::Duplicate, "the file has several tensors of this name"),
        };
        let problem = Problem::new(kind, message).tensor(name);
        Err(CheckpointError::container(self.label().to_owned(), vec![problem]))
    }
}
