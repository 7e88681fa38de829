//! Where the elements of tensors come from: the request that a read is given.

use weighbridge_lock::{counted, shown};

use crate::cast::{is_castable, why_not, why_not_to};
use crate::checkpoint::{Checkpoint, Entry};
use crate::dtype::DType;
use crate::error::{CheckpointError, Problem, ProblemKind};
use crate::shape::Shape;
use crate::strided::Strided;

/// Where the elements of one tensor come from. A read takes a list of these and refers to a tensor by its position
/// there. The list is checked against the checkpoint before anything is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Assignment {
    /// From one entry, as the file has it.
    Whole {
        /// The entry's number in the checkpoint.
        entry: usize,
        /// The dtype of the tensor. Elements of another dtype are cast.
        dtype: DType,
        /// What the elements of an untyped entry are, where they are cast. `None` for all others.
        read_as: Option<DType>,
        /// Whether a vector will take over the tensor's memory.
        vector: bool,
    },
    /// From parts of entries, or from one with another shape or layout.
    Composed(Box<Composed>),
    /// Another tensor of the list, by its number.
    Same(usize),
}

/// A tensor that is composed of parts of entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Composed {
    /// The dtype of the tensor. Elements of another dtype are cast.
    pub dtype: DType,
    /// The shape of the tensor.
    pub shape: Shape,
    /// Whether a vector will take over the tensor's memory.
    pub vector: bool,
    /// Together they cover the whole tensor, and no two have an element of it in common. Only their number of elements is
    /// checked: see to the rest yourself. An element that no piece covers is zero.
    pub pieces: Vec<Piece>,
}

/// A part of an entry, and where it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The entry's number in the checkpoint.
    pub entry: usize,
    /// What the elements of an untyped entry are, where they are cast. `None` for all others.
    pub read_as: Option<DType>,
    /// Which of its elements go where in the tensor.
    pub strided: Strided,
}

impl Piece {
    /// How many bytes of the entry it takes, rounded down if it takes a block apart.
    pub(crate) fn byte_len(&self, checkpoint: &Checkpoint) -> usize {
        bytes_of(checkpoint.entry(self.entry).dtype(), self.strided.element_count())
    }
}

/// How many bytes these elements take, rounded down if they are no whole number of blocks.
pub(crate) fn bytes_of(dtype: DType, elements: usize) -> usize {
    let block = dtype.block();
    let rest = elements % block.elements * block.bytes / block.elements;
    (elements / block.elements).saturating_mul(block.bytes).saturating_add(rest)
}

impl Assignment {
    /// Whether the tensor has elements of its own, and not those of another.
    pub(crate) fn is_own(&self) -> bool {
        !matches!(self, Assignment::Same(_))
    }
}

/// Refuses a list that the checkpoint cannot satisfy: whatever a read does afterwards stays within the entries and the
/// tensors.
pub(crate) fn check(checkpoint: &Checkpoint, assignments: &[Option<Assignment>]) -> Result<(), CheckpointError> {
    for (number, assignment) in assignments.iter().enumerate() {
        let checked = match assignment {
            Some(Assignment::Whole { entry, dtype, read_as, .. }) => {
                entry_of(checkpoint, *entry).and_then(|entry| check_cast(&entry, *read_as, *dtype))
            }
            Some(Assignment::Composed(composed)) => composed.check(checkpoint),
            Some(Assignment::Same(other)) if *other >= assignments.len() => {
                Err(format!("is to share tensor {other} of {}", counted(assignments.len(), "tensor")))
            }
            Some(Assignment::Same(_)) | None => Ok(()),
        };
        checked.map_err(|why| refuse(checkpoint, format!("tensor {number} {why}; correct its assignment")))?;
    }
    Ok(())
}

/// The error for a request that does not fit the checkpoint.
pub(crate) fn refuse(checkpoint: &Checkpoint, message: String) -> CheckpointError {
    CheckpointError::container(checkpoint.label().to_owned(), vec![Problem::new(ProblemKind::Request, message)])
}

impl Composed {
    /// How many neighbours move together: as many as the largest block of a piece has, or 1 if a piece takes blocks apart. Then
    /// it casts them.
    pub(crate) fn cell(&self, checkpoint: &Checkpoint) -> usize {
        let blocks = self.pieces.iter().map(|piece| checkpoint.entry(piece.entry).dtype().block().elements);
        let most = blocks.max().unwrap_or(1);
        let is_whole = most == 1 || self.pieces.iter().all(|piece| piece.strided.in_blocks(most).is_some());
        if is_whole { most } else { 1 }
    }

    fn check(&self, checkpoint: &Checkpoint) -> Result<(), String> {
        let Composed { dtype, shape, pieces, .. } = self;
        let elements =
            shape.element_count().ok_or_else(|| format!("is {shape}, which has more elements than memory"))?;
        if dtype.byte_len(shape).is_none() {
            return Err(format!("is {dtype} {shape}, which is no whole number of blocks"));
        }
        let mut covered = 0usize;
        for Piece { entry, read_as, strided } in pieces {
            let entry = entry_of(checkpoint, *entry)?;
            check_cast(&entry, *read_as, *dtype)?;
            let block = entry.dtype().block();
            if entry.read_as(*read_as).dtype().reads_as(*dtype) && strided.in_blocks(block.elements).is_none() {
                return Err(format!(
                    "takes apart blocks of `{}`, which have {} each",
                    shown(entry.name()),
                    counted(block.elements, "element")
                ));
            }
            let (taken, put) = (strided.span().end, strided.target_span().end);
            let held = entry.shape().element_count().unwrap_or(0);
            if taken > held {
                return Err(format!("takes elements of `{}` up to {taken}, and it has {held}", shown(entry.name())));
            }
            if put > elements {
                return Err(format!("has elements up to {put}, and {shape} has {elements}"));
            }
            covered = covered.saturating_add(strided.element_count());
        }
        if covered != elements {
            return Err(format!(
                "is {shape}, which has {}, and its pieces have {covered}",
                counted(elements, "element")
            ));
        }
        Ok(())
    }
}

fn entry_of(checkpoint: &Checkpoint, number: usize) -> Result<Entry<'_>, String> {
    if number < checkpoint.len() {
        return Ok(checkpoint.entry(number));
    }
    Err(format!("is to come from entry {number} of {}", counted(checkpoint.len(), "tensor")))
}

fn check_cast(entry: &Entry<'_>, read_as: Option<DType>, to: DType) -> Result<(), String> {
    if let Some(read_as) = read_as.filter(|read_as| !entry.dtype().reads_as(*read_as)) {
        return Err(format!("is to read `{}` as {read_as}, and it is {}", shown(entry.name()), entry.dtype()));
    }
    let from = entry.read_as(read_as).dtype();
    if from.reads_as(to) || is_castable(from, to) {
        return Ok(());
    }
    let why = why_not(from).or(why_not_to(to)).unwrap_or("blocks are dequantised to wide floats alone");
    Err(format!("is to be {to}, and `{}` is {from}, which cannot be cast to it, as {why}", shown(entry.name())))
}
