//! Fetches the elements of a good plan: each once, straight into its tensor's memory.

use std::ops::{ControlFlow, Range};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::checkpoint::{Checkpoint, Entry};
use crate::container::Access;
use crate::dtype::DType;
use crate::error::{LoadError, Problem, ProblemKind};
use crate::plan::{Composed, Piece, Take};
use crate::storage::{OutOfMemory, Storage, Words};
use crate::strided::Strided;
use crate::tensor::AnyTensor;
use crate::values;

/// Below this many bytes one thread is faster than starting another.
const WORTH_A_THREAD: u64 = 16 << 20;
/// The piece of a file that a cast works on.
const PIECE: usize = 256 << 10;
/// The piece of a file whose elements are moved to other places: larger ones do not stay in the caches, smaller ones
/// touch the target's pages more often.
const MOVED_PIECE: usize = 4 << 20;

/// How far a load is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Bytes of tensors that were read.
    pub bytes: u64,
    /// Bytes of tensors that are to be read in all.
    pub total: u64,
}

/// Called after each tensor, from the thread that read it. `Break` cancels the load.
pub(crate) type OnProgress = Arc<dyn Fn(Progress) -> ControlFlow<()> + Send + Sync>;

#[derive(Clone, Default)]
pub(crate) struct Reading {
    /// `None`: as many as the machine has, at most 4.
    pub(crate) threads: Option<usize>,
    pub(crate) progress: Option<OnProgress>,
}

/// The tensors of the plan, in its order.
pub(crate) fn read(
    checkpoint: &Checkpoint,
    takes: &[Option<Take>],
    reading: &Reading,
) -> Result<Vec<Option<AnyTensor>>, LoadError> {
    let numbered = takes.iter().enumerate();
    let mut wanted: Vec<(usize, &Take)> = numbered
        .filter_map(|(place, take)| Some((place, take.as_ref()?)))
        .filter(|(_, take)| !matches!(take, Take::Same(_)))
        .collect();
    wanted.sort_by_key(|(_, take)| position(checkpoint, take));
    let total: u64 = wanted.iter().map(|(_, take)| bytes(checkpoint, take) as u64).sum();
    let done = AtomicU64::new(0);
    let one = |&(place, take): &(usize, &Take)| {
        let tensor = match take {
            Take::Whole { entry, dtype } => tensor(&checkpoint.entry(*entry), *dtype)?,
            Take::Composed(composed) => self::composed(checkpoint, composed)?,
            Take::Same(_) => unreachable!("what is another's was left out above"),
        };
        let bytes = bytes(checkpoint, take) as u64;
        let bytes = done.fetch_add(bytes, Ordering::Relaxed) + bytes;
        match reading.progress.as_ref().map(|progress| progress(Progress { bytes, total })) {
            Some(ControlFlow::Break(())) => Err(LoadError::Cancelled),
            _ => Ok((place, tensor)),
        }
    };
    let threads = threads(reading.threads, total).min(wanted.len().max(1));
    let read: Result<Vec<_>, LoadError> = if threads == 1 {
        wanted.iter().map(one).collect()
    } else {
        // Each thread has a run of the file; the first error in the file's order is the one that is reported, whichever
        // thread was faster.
        let runs = runs(&wanted, threads, |(_, take)| bytes(checkpoint, take));
        let results: Vec<Result<Vec<_>, LoadError>> = std::thread::scope(|scope| {
            let threads: Vec<_> = runs.iter().map(|run| scope.spawn(|| run.iter().map(one).collect())).collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                .collect()
        });
        results.into_iter().collect::<Result<Vec<_>, _>>().map(|runs| runs.into_iter().flatten().collect())
    };
    let mut tensors: Vec<Option<AnyTensor>> = Vec::new();
    tensors.resize_with(takes.len(), || None);
    for (place, tensor) in read? {
        tensors[place] = Some(tensor);
    }
    for (place, take) in takes.iter().enumerate() {
        if let Some(Take::Same(other)) = take {
            tensors[place] = tensors[*other].clone();
        }
    }
    Ok(tensors)
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

/// How many bytes of the file a parameter takes.
fn bytes(checkpoint: &Checkpoint, take: &Take) -> usize {
    let piece = |piece: &Piece| checkpoint.entry(piece.entry).dtype().size_of(piece.strided.elements()).unwrap_or(0);
    match take {
        Take::Whole { entry, .. } => checkpoint.entry(*entry).bytes(),
        Take::Composed(composed) => composed.pieces.iter().map(piece).sum(),
        Take::Same(_) => 0,
    }
}

fn threads(asked: Option<usize>, total: u64) -> usize {
    match asked {
        Some(threads) => threads.max(1),
        None if total < WORTH_A_THREAD => 1,
        None => std::thread::available_parallelism().map_or(1, |threads| threads.get().min(4)),
    }
}

/// Splits a list into runs of about the same size.
fn runs<T>(list: &[T], count: usize, bytes: impl Fn(&T) -> usize) -> Vec<&[T]> {
    let total: usize = list.iter().map(&bytes).sum();
    let (mut runs, mut rest) = (Vec::new(), list);
    for run in (1..=count).rev() {
        let share: usize = rest.iter().map(&bytes).sum::<usize>() / run;
        let mut sum = 0;
        let end = rest.iter().position(|one| {
            let full = sum >= share;
            sum += bytes(one);
            full
        });
        let (head, tail) = rest.split_at(if run == 1 || total == 0 { rest.len() } else { end.unwrap_or(rest.len()) });
        runs.push(head);
        rest = tail;
    }
    runs
}

/// One entry's tensor, of the dtype that the plan says.
pub(crate) fn tensor(entry: &Entry<'_>, dtype: DType) -> Result<AnyTensor, LoadError> {
    let storage = if entry.dtype().reads_as(dtype) { same(entry, dtype) } else { cast(entry, dtype) };
    let storage = storage.map_err(|problem| entry.refuse(problem))?;
    Ok(AnyTensor::from_storage(dtype, entry.shape().clone(), storage))
}

/// A tensor that is put together, in one pass over what it is made from.
fn composed(checkpoint: &Checkpoint, composed: &Composed) -> Result<AnyTensor, LoadError> {
    let Composed { dtype, shape, pieces } = composed;
    let elements = shape.elements().unwrap_or(0);
    if let [Piece { entry, strided }] = pieces.as_slice() {
        // all of an entry in its own order, under another shape
        let entry = checkpoint.entry(*entry);
        if strided.is_copy() == Some(elements) && entry.shape().elements() == Some(elements) {
            let (_, _, storage) = tensor(&entry, *dtype)?.into_parts();
            return Ok(AnyTensor::from_storage(*dtype, shape.clone(), storage));
        }
    }
    let refuse = |problem| LoadError::container(checkpoint.label().to_owned(), vec![problem]);
    let bytes = dtype.size_of(elements).unwrap_or(usize::MAX);
    let mut words = zeroed(bytes, *dtype).map_err(refuse)?;
    let out = &mut words.as_bytes_mut()[..bytes];
    for Piece { entry, strided } in pieces {
        let entry = checkpoint.entry(*entry);
        place(&entry, strided, *dtype, out).map_err(|problem| entry.refuse(problem))?;
    }
    Ok(AnyTensor::from_storage(*dtype, shape.clone(), Storage::owned(words)))
}

/// Moves a part of an entry to where it belongs: piece by piece, with no copy of the whole in between.
fn place(entry: &Entry<'_>, strided: &Strided, dtype: DType, out: &mut [u8]) -> Result<(), Problem> {
    let (container, raw) = entry.container();
    let (from, size) = (entry.dtype(), dtype.bits() / 8);
    let source_size = from.bits() / 8;
    let is_cast = !from.reads_as(dtype);
    let short = || Problem::new(ProblemKind::Truncated, "the tensor has fewer bytes than its shape says");
    let most = MOVED_PIECE / source_size;
    let mut cast = zeroed(if is_cast { raw.bytes.min(MOVED_PIECE) / source_size * size } else { 0 }, dtype)?;
    let mut put = |piece: &Strided, source: &[u8], out: &mut [u8]| {
        let source = if is_cast {
            let cast = &mut cast.as_bytes_mut()[..source.len() / source_size * size];
            values::cast(from, source, dtype, cast);
            &*cast
        } else {
            check_values(dtype, source, piece.span().start)?;
            source
        };
        piece.copy(size, source, piece.span().start, out).then_some(()).ok_or_else(short)
    };
    let bytes = |span: Range<usize>| span.start * source_size..span.end * source_size;
    if let Some(shared) = container.share(raw) {
        return strided.pieces(most).try_for_each(|piece| put(&piece, &shared.as_bytes()[bytes(piece.span())], out));
    }
    if matches!(container.access(raw), Access::Whole { .. }) {
        // what is compressed comes as a whole
        let mut source = zeroed(raw.bytes, from)?;
        let source = &mut source.as_bytes_mut()[..raw.bytes];
        container.read(raw, source)?;
        return strided.pieces(most).try_for_each(|piece| put(&piece, &source[bytes(piece.span())], out));
    }
    let mut source = zeroed(raw.bytes.min(MOVED_PIECE), from)?;
    strided.pieces(most).try_for_each(|piece| {
        let span = bytes(piece.span());
        if piece.is_copy().is_some() && !is_cast {
            // a run goes straight to its place
            let out = out.get_mut(bytes(piece.target_span())).ok_or_else(short)?;
            container.read_part(raw, span.start, out)?;
            return check_values(dtype, out, piece.span().start);
        }
        let source = &mut source.as_bytes_mut()[..span.len()];
        container.read_part(raw, span.start, source)?;
        put(&piece, source, out)
    })
}

fn same(entry: &Entry<'_>, dtype: DType) -> Result<Storage, Problem> {
    let (container, raw) = entry.container();
    if let Some(storage) = container.share(raw).filter(|storage| storage.is_aligned(dtype.alignment())) {
        check_values(dtype, storage.as_bytes(), 0)?;
        return Ok(storage);
    }
    let mut words = zeroed(raw.bytes, dtype)?;
    let out = &mut words.as_bytes_mut()[..raw.bytes];
    match container.access(raw) {
        Access::Parts => container.read_part(raw, 0, out)?,
        Access::Whole { .. } => container.read(raw, out)?,
    }
    check_values(dtype, out, 0)?;
    Ok(Storage::owned(words))
}

fn cast(entry: &Entry<'_>, dtype: DType) -> Result<Storage, Problem> {
    let (container, raw) = entry.container();
    let from = entry.dtype();
    let elements = raw.shape.elements().unwrap_or(0);
    let bytes = dtype.size_of(elements).ok_or_else(|| out_of_memory(OutOfMemory { bytes: usize::MAX }))?;
    let mut words = zeroed(bytes, dtype)?;
    let out = &mut words.as_bytes_mut()[..bytes];
    if matches!(container.access(raw), Access::Whole { .. }) {
        let mut source = zeroed(raw.bytes, from)?;
        let source = &mut source.as_bytes_mut()[..raw.bytes];
        container.read(raw, source)?;
        values::cast(from, source, dtype, out);
        return Ok(Storage::owned(words));
    }
    let (source_size, size) = (from.bits() / 8, dtype.bits() / 8);
    let mut piece = zeroed(raw.bytes.min(PIECE), from)?;
    let mut start = 0;
    for out in out.chunks_mut(PIECE / source_size * size) {
        let len = out.len() / size * source_size;
        let piece = &mut piece.as_bytes_mut()[..len];
        container.read_part(raw, start, piece)?;
        values::cast(from, piece, dtype, out);
        start += len;
    }
    Ok(Storage::owned(words))
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
            (Some(entry), None) => return tensor(&entry, entry.dtype()),
            (None, _) => (ProblemKind::Name, "there is no tensor of this name"),
            (Some(_), Some(_)) => (ProblemKind::Duplicate, "the file has several tensors of this name"),
        };
        let problem = Problem::new(kind, message).tensor(name);
        Err(LoadError::container(self.label().to_owned(), vec![problem]))
    }
}
