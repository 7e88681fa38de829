//! Fetches the elements of a good plan: each once, straight into its tensor's memory.

mod blocks;
mod jobs;
mod one;
mod scratch;
mod sum;
mod tensors;

pub(crate) use self::tensors::Tensors;

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};

use crate::checkpoint::Checkpoint;
use crate::dtype::DType;
use crate::error::{LoadError, Problem, ProblemKind};
use crate::plan::{Piece, Take};
use crate::storage::{OutOfMemory, Words};
use crate::tensor::AnyTensor;

/// How far a load is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Bytes of tensors that were read.
    pub bytes: u64,
    /// Bytes of tensors that are to be read in all.
    pub total: u64,
}

/// Called as tensors, and parts of large ones, are there. `Break` cancels the load.
pub(crate) type OnProgress = Arc<dyn Fn(Progress) -> ControlFlow<()> + Send + Sync>;

#[derive(Clone, Default)]
pub(crate) struct Reading {
    /// `None`: as many as the machine has, at most 4.
    pub(crate) threads: Option<usize>,
    pub(crate) progress: Option<OnProgress>,
}

/// The tensors of a plan.
pub(crate) fn read<'t>(
    checkpoint: &'t Checkpoint,
    takes: &'t [Option<Take>],
    reading: &Reading,
) -> Result<Tensors<'t>, LoadError> {
    let order = in_order(checkpoint, takes);
    let meter = Meter::new(reading.progress.as_ref(), total(checkpoint, takes, &order));
    let mut tensors = Tensors::none(checkpoint, takes)?;
    fetch(&mut tensors, &order, reading.threads, &meter)?;
    for (number, take) in takes.iter().enumerate() {
        if let Some(Take::Same(other)) = take {
            tensors.share(number, *other);
        }
    }
    Ok(tensors)
}

/// The numbers of what has elements of its own in the file, in the order in which reading is sequential.
pub(crate) fn in_order(checkpoint: &Checkpoint, takes: &[Option<Take>]) -> Vec<usize> {
    let is_own = |take: &Option<Take>| take.as_ref().is_some_and(|take| !matches!(take, Take::Same(_)));
    let mut wanted = Vec::with_capacity(takes.len());
    wanted.extend((0..takes.len()).filter(|&number| is_own(&takes[number])));
    wanted.sort_by_key(|&number| takes[number].as_ref().map(|take| position(checkpoint, take)));
    wanted
}

/// Fetches the tensors of these numbers, all of which have elements of their own; fastest in the order of the file.
pub(crate) fn fetch(
    tensors: &mut Tensors<'_>,
    numbers: &[usize],
    threads: Option<usize>,
    meter: &Meter<'_>,
) -> Result<(), LoadError> {
    let mut blocks = blocks::Blocks::of(tensors, numbers)?;
    jobs::run(blocks.jobs(), threads, meter)?;
    blocks.finish();
    Ok(())
}

/// One tensor, which has elements of its own.
pub(crate) fn fetch_one(checkpoint: &Checkpoint, take: Take, threads: Option<usize>) -> Result<AnyTensor, LoadError> {
    let takes = [Some(take)];
    let mut tensors = Tensors::none(checkpoint, &takes)?;
    fetch(&mut tensors, &[0], threads, &Meter::new(None, 0))?;
    match tensors.take(0) {
        Some(tensor) => Ok(tensor),
        None => unreachable!("what was asked for was fetched"),
    }
}

/// In which order reading is sequential.
fn position(checkpoint: &Checkpoint, take: &Take) -> (usize, u64) {
    match take {
        Take::Whole { entry, .. } => checkpoint.entry(*entry).position(),
        Take::Composed(composed) => match composed.pieces.first() {
            Some(Piece { entry, .. }) => checkpoint.entry(*entry).position(),
            None => (0, 0),
        },
        Take::Same(_) => (0, 0),
    }
}

/// How many bytes of the file these parameters take.
pub(crate) fn total(checkpoint: &Checkpoint, takes: &[Option<Take>], numbers: &[usize]) -> u64 {
    numbers.iter().filter_map(|&number| takes[number].as_ref()).map(|take| bytes(checkpoint, take)).sum()
}

/// How many bytes of the file a parameter takes.
fn bytes(checkpoint: &Checkpoint, take: &Take) -> u64 {
    let piece = |piece: &Piece| checkpoint.entry(piece.entry).dtype().size_of(piece.strided.elements()).unwrap_or(0);
    match take {
        Take::Whole { entry, .. } => checkpoint.entry(*entry).bytes() as u64,
        Take::Composed(composed) => composed.pieces.iter().map(|one| piece(one) as u64).sum(),
        Take::Same(_) => 0,
    }
}

/// Counts what was read, for a callback.
pub(crate) struct Meter<'m> {
    progress: Option<&'m OnProgress>,
    total: u64,
    /// `None` when the load was cancelled.
    done: Mutex<Option<u64>>,
}

impl<'m> Meter<'m> {
    pub(crate) fn new(progress: Option<&'m OnProgress>, total: u64) -> Meter<'m> {
        Meter { progress, total, done: Mutex::new(Some(0)) }
    }

    /// Says that so many more bytes of the file are there. One call at a time, so that the numbers only grow, and none after
    /// one that cancels or panics.
    fn add(&self, bytes: usize) -> Result<(), LoadError> {
        let Some(progress) = self.progress else { return Ok(()) };
        let Ok(mut state) = self.done.lock() else { return Err(LoadError::Cancelled) };
        let Some(done) = state.as_mut() else { return Err(LoadError::Cancelled) };
        *done += bytes as u64;
        match progress(Progress { bytes: *done, total: self.total }) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => {
                *state = None;
                Err(LoadError::Cancelled)
            }
        }
    }
}

pub(crate) fn zeroed(bytes: usize, dtype: DType) -> Result<Words, Problem> {
    Words::zeroed(bytes, dtype.alignment()).map_err(out_of_memory)
}

fn out_of_memory(OutOfMemory { bytes }: OutOfMemory) -> Problem {
    Problem::new(ProblemKind::Limit, format!("there is no memory for its {bytes} bytes"))
}

/// Values that the dtype does not have, in bytes that begin at this element.
pub(crate) fn check_values(dtype: DType, bytes: &[u8], first: usize) -> Result<(), Problem> {
    if dtype != DType::BOOL {
        return Ok(());
    }
    match bytes.iter().position(|&byte| byte > 1) {
        None => Ok(()),
        Some(element) => {
            let message = format!("element {} is {}, and a BOOL is 0 or 1", first + element, bytes[element]);
            Err(Problem::new(ProblemKind::Value, message))
        }
    }
}

impl Checkpoint {
    /// The tensor of that name.
    ///
    /// # Errors
    /// If there is none, or several, or its bytes are damaged.
    pub fn tensor(&self, name: &str) -> Result<AnyTensor, LoadError> {
        let mut named = self.named(name);
        let (kind, message) = match (named.next(), named.next()) {
            (Some(entry), None) => {
                let take = Take::Whole { entry: entry.index(), dtype: entry.dtype(), vector: false };
                return fetch_one(self, take, None);
            }
            (None, _) => (ProblemKind::Name, "there is no tensor of this name"),
            (Some(_), Some(_)) => (ProblemKind::Duplicate, "the file has several tensors of this name"),
        };
        let problem = Problem::new(kind, message).tensor(name);
        Err(LoadError::container(self.label().to_owned(), vec![problem]))
    }
}
