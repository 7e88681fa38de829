//! Reads many tensors in one pass over the file. Each element is read once, straight into its tensor's memory.
//!
//! A request is a list of [`Assignment`]s. [`read()`] reads all of it; [`Tensors::fetch`] reads some of it, so that a
//! caller can go through a checkpoint with bounded memory.
//!
//! ```
//! use weighbridge_checkpoint::read::{Assignment, ReadOptions, read};
//! use weighbridge_checkpoint::{Checkpoint, DType};
//!
//! # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/mlx/linear.safetensors");
//! let checkpoint = Checkpoint::open(path)?;
//! let half = |entry| Some(Assignment::Whole { entry, dtype: DType::F16, read_as: None, vector: false });
//! let assignments: Vec<_> = (0..checkpoint.len()).map(half).collect();
//! let mut tensors = read(&checkpoint, &assignments, &ReadOptions::new().threads(2))?;
//! assert_eq!(tensors.take(0).unwrap().dtype(), DType::F16);
//! # Ok::<(), weighbridge_checkpoint::CheckpointError>(())
//! ```

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

use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;

use self::blocks::Blocks;
use crate::assignment;
use crate::checkpoint::Checkpoint;
use crate::error::{CheckpointError, Problem, ProblemKind};
use crate::tensor::AnyTensor;

/// How tensors are read.
#[derive(Clone, Default)]
#[must_use = "options do nothing by themselves; give them to `read`"]
#[non_exhaustive]
pub struct ReadOptions {
    /// How many threads read; `None` is one for each core, at most 4.
    pub threads: Option<usize>,
    /// Called after a tensor, or a part of a large one, was read.
    pub progress: Option<OnProgress>,
}

impl ReadOptions {
    /// One thread for each core, at most 4, and no callback.
    pub fn new() -> ReadOptions {
        ReadOptions::default()
    }

    /// Sets how many threads read. 0 is 1.
    pub fn threads(mut self, threads: usize) -> ReadOptions {
        self.threads = Some(threads);
        self
    }

    /// Calls this after a tensor, or a part of a large one, was read, one call at a time. `Break` cancels the read.
    pub fn progress(mut self, progress: impl Fn(Progress) -> ControlFlow<()> + Send + Sync + 'static) -> ReadOptions {
        self.progress = Some(Arc::new(progress));
        self
    }
}

impl fmt::Debug for ReadOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadOptions").field("threads", &self.threads).finish_non_exhaustive()
    }
}

/// Reads all tensors of a list.
///
/// # Errors
/// [`CheckpointError::Container`] if the list does not fit the checkpoint, or the file cannot be read or is damaged;
/// [`CheckpointError::Cancelled`] if the callback cancels.
pub fn read<'t>(
    checkpoint: &'t Checkpoint,
    assignments: &'t [Option<Assignment>],
    options: &ReadOptions,
) -> Result<Tensors<'t>, CheckpointError> {
    let mut tensors = Tensors::of(checkpoint, assignments)?;
    let order = tensors.in_order();
    let meter = Meter::new(options.progress.as_ref(), tensors.file_byte_len(&order));
    tensors.fetch(&order, options.threads, &meter)?;
    for (number, assignment) in assignments.iter().enumerate() {
        if let Some(Assignment::Same(other)) = assignment {
            tensors.share(number, *other);
        }
    }
    Ok(tensors)
}

/// Reads one tensor. `threads` is as in [`ReadOptions`].
///
/// # Errors
/// As [`read()`], and if the tensor is to be the [`Same`](Assignment::Same) as another.
pub fn fetch_one(
    checkpoint: &Checkpoint,
    assignment: Assignment,
    threads: Option<usize>,
) -> Result<AnyTensor, CheckpointError> {
    let assignments = [Some(assignment)];
    let mut tensors = Tensors::of(checkpoint, &assignments)?;
    tensors.fetch(&[0], threads, &Meter::new(None, 0))?;
    match tensors.take(0) {
        Some(tensor) => Ok(tensor),
        None => unreachable!("what was asked for was fetched"),
    }
}

impl Tensors<'_> {
    /// Reads the tensors with these numbers, which must have elements of their own: fastest in the order of
    /// [`in_order`](Self::in_order). `threads` is as in [`ReadOptions`].
    ///
    /// # Errors
    /// As [`read()`], and if a number is not one of a tensor with elements of its own. None of these tensors is there
    /// then.
    pub fn fetch(
        &mut self,
        numbers: &[usize],
        threads: Option<usize>,
        meter: &Meter<'_>,
    ) -> Result<(), CheckpointError> {
        if let Some(number) = numbers.iter().find(|&&number| !self.is_own(number)) {
            let message = format!(
                "tensor {number} is asked for, and the list has no elements of its own for it; fetch only what `in_order` lists"
            );
            return Err(assignment::refuse(self.checkpoint(), message));
        }
        let fetched = match self.fill(numbers, threads, meter) {
            Ok(()) => self.unchanged(numbers),
            // if a file was written over, that is why its bytes are wrong
            Err(refused) => match self.unchanged(numbers) {
                Err(changed) if changed.is_of(ProblemKind::Changed) => Err(changed),
                _ => Err(refused),
            },
        };
        if fetched.is_err() {
            numbers.iter().for_each(|&number| drop(self.clear(number)));
        }
        fetched
    }

    fn fill(&mut self, numbers: &[usize], threads: Option<usize>, meter: &Meter<'_>) -> Result<(), CheckpointError> {
        let mut blocks = Blocks::of(self, numbers)?;
        threads::run(blocks.jobs(), threads, meter)?;
        blocks.finish();
        Ok(())
    }
}

impl Checkpoint {
    /// Reads the tensor of this name.
    ///
    /// # Errors
    /// [`CheckpointError::Container`] if there is none, or several, or its bytes cannot be read or are damaged.
    pub fn tensor(&self, name: &str) -> Result<AnyTensor, CheckpointError> {
        let mut named = self.named(name);
        let (kind, message) = match (named.next(), named.next()) {
            (Some(entry), None) => {
                let assignment =
                    Assignment::Whole { entry: entry.index(), dtype: entry.dtype(), read_as: None, vector: false };
                return fetch_one(self, assignment, None);
            }
            (None, _) => (ProblemKind::Name, "there is no tensor of this name"),
            (Some(_), Some(_)) => (ProblemKind::Duplicate, "the file has several tensors of this name"),
        };
        let problem = Problem::new(kind, message).tensor(name);
        Err(CheckpointError::container(self.label().to_owned(), vec![problem]))
    }
}
