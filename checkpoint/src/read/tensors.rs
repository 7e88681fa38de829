//! The elements of a list of assignments in memory.

use std::collections::HashSet;
use std::sync::Arc;

use weighbridge_lock::counted;

use crate::assignment::{self, Assignment, Piece};
use crate::checkpoint::Checkpoint;
use crate::error::CheckpointError;
use crate::storage::{Memory, Storage};
use crate::tensor::AnyTensor;
use crate::tensor_type::TensorType;

/// The tensors of a list of assignments, by their numbers there. Each is made on request: a list of a hundred thousand
/// small tensors would take as much memory as the module.
#[derive(Debug)]
pub struct Tensors<'t> {
    checkpoint: &'t Checkpoint,
    assignments: &'t [Option<Assignment>],
    /// Where the elements of each tensor are.
    locations: Vec<Location>,
    buffers: Vec<Buffer>,
    /// The types of cast and composed tensors, each once. Other tensors have the type of their entry.
    made: HashSet<Arc<TensorType>>,
}

/// Where the elements of a tensor are. 32-bit numbers halve its size, and there are never that many tensors.
#[derive(Clone, Copy, Debug)]
struct Location {
    buffer: u32,
    /// The tensor whose `Assignment` describes the elements: this one, or the one that it shares.
    assignment: u32,
    /// The first byte.
    start: usize,
}

/// Stands for no buffer.
const NONE: u32 = u32::MAX;

/// Memory that one or several tensors are in.
#[derive(Debug)]
struct Buffer {
    /// `None` until it is filled, and after the last tensor was taken.
    memory: Option<Arc<Memory>>,
    /// How many tensors are still in it.
    left: u32,
}

impl<'t> Tensors<'t> {
    /// No tensors yet.
    ///
    /// # Errors
    /// [`CheckpointError::Container`] if the list asks for what the checkpoint does not have: an entry that there is
    /// not, elements outside of an entry or of the tensor, a cast between dtypes of which one is no number.
    pub fn of(
        checkpoint: &'t Checkpoint,
        assignments: &'t [Option<Assignment>],
    ) -> Result<Tensors<'t>, CheckpointError> {
        if assignments.len() >= NONE as usize {
            let message = format!("{}, and the limit is {}", counted(assignments.len(), "assignment"), NONE - 1);
            return Err(assignment::refuse(checkpoint, message));
        }
        assignment::check(checkpoint, assignments)?;
        let nowhere = Location { buffer: NONE, assignment: 0, start: 0 };
        let (buffers, made) = (Vec::new(), HashSet::new());
        Ok(Tensors { checkpoint, assignments, locations: vec![nowhere; assignments.len()], buffers, made })
    }

    /// The checkpoint that the tensors are read from.
    pub(super) fn checkpoint(&self) -> &'t Checkpoint {
        self.checkpoint
    }

    /// Whether the tensor with this number is to have elements of its own.
    pub(super) fn is_own(&self, number: usize) -> bool {
        self.assignments.get(number).and_then(Option::as_ref).is_some_and(Assignment::is_own)
    }

    /// The numbers of the tensors that have elements of their own, in file order, so that reading is sequential.
    pub fn in_order(&self) -> Vec<usize> {
        let mut order = Vec::with_capacity(self.assignments.len());
        order.extend((0..self.assignments.len()).filter(|&number| self.is_own(number)));
        order.sort_by_key(|&number| self.position(number));
        order
    }

    /// Where in the checkpoint a tensor's elements start.
    fn position(&self, number: usize) -> (usize, u64) {
        let entry = match &self.assignments[number] {
            Some(Assignment::Whole { entry, .. }) => Some(*entry),
            Some(Assignment::Composed(composed)) => composed.pieces.first().map(|piece| piece.entry),
            Some(Assignment::Same(_)) | None => None,
        };
        entry.map_or((0, 0), |entry| self.checkpoint.entry(entry).position())
    }

    /// Checks that the files of these tensors are still those that were opened.
    pub(super) fn unchanged(&self, numbers: &[usize]) -> Result<(), CheckpointError> {
        let mut seen = vec![false; self.checkpoint.file_count()];
        let mut check = |entry: usize| {
            let entry = self.checkpoint.entry(entry);
            let is_new = !std::mem::replace(&mut seen[entry.position().0], true);
            if is_new { entry.unchanged() } else { Ok(()) }
        };
        let most = if self.checkpoint.file_count() == 1 { 1 } else { numbers.len() };
        for &number in numbers.iter().take(most) {
            match self.assignments.get(number) {
                Some(Some(Assignment::Whole { entry, .. })) => check(*entry)?,
                Some(Some(Assignment::Composed(composed))) => {
                    composed.pieces.iter().try_for_each(|piece| check(piece.entry))?;
                }
                Some(Some(Assignment::Same(_)) | None) | None => {}
            }
        }
        Ok(())
    }

    /// How many bytes the tensors with these numbers take in the file. Those without elements of their own take none.
    pub fn file_byte_len(&self, numbers: &[usize]) -> u64 {
        let piece = |piece: &Piece| piece.byte_len(self.checkpoint) as u64;
        let byte_len = |&number: &usize| match self.assignments.get(number) {
            Some(Some(Assignment::Whole { entry, .. })) => self.checkpoint.entry(*entry).byte_len() as u64,
            Some(Some(Assignment::Composed(composed))) => composed.pieces.iter().map(piece).sum(),
            Some(Some(Assignment::Same(_)) | None) | None => 0,
        };
        numbers.iter().map(byte_len).fold(0, u64::saturating_add)
    }

    /// Begins another request: drops the buffers if all their tensors were taken. Returns what is read, and from where.
    pub(super) fn begin(&mut self) -> (&'t Checkpoint, &'t [Option<Assignment>]) {
        if self.buffers.iter().all(|buffer| buffer.left == 0) {
            self.buffers.clear();
        }
        (self.checkpoint, self.assignments)
    }

    /// Adds a buffer and returns its number. If it has no memory yet, [`filled`](Self::filled) gives it some.
    pub(super) fn add_buffer(&mut self, memory: Option<Arc<Memory>>) -> usize {
        self.buffers.push(Buffer { memory, left: 0 });
        self.buffers.len() - 1
    }

    /// Whether a buffer is the last one.
    pub(super) fn is_last(&self, buffer: usize) -> bool {
        buffer + 1 == self.buffers.len()
    }

    /// Puts a tensor into the last buffer, from the byte `start` on.
    pub(super) fn put(&mut self, number: usize, start: usize) {
        // each buffer has at least one tensor, and `of` has checked that there are fewer than 2^32 tensors
        let location = Location { buffer: self.buffers.len() as u32 - 1, assignment: number as u32, start };
        self.set(number, location);
    }

    /// Adds a tensor already in memory, in a buffer for that memory.
    pub(super) fn put_in_place(&mut self, number: usize, storage: Storage) {
        let (memory, start) = storage.into_place();
        let last = self.buffers.last().and_then(|buffer| buffer.memory.as_ref());
        if !last.is_some_and(|last| Arc::ptr_eq(last, &memory)) {
            self.add_buffer(Some(memory));
        }
        self.put(number, start);
    }

    /// Gives a buffer its memory, now that it is filled.
    pub(super) fn filled(&mut self, buffer: usize, memory: Memory) {
        self.buffers[buffer].memory = Some(Arc::new(memory));
    }

    /// Takes a tensor out; `None` if it is not there. The last one of a buffer then owns the memory alone, so that a
    /// vector can take it over.
    pub fn take(&mut self, number: usize) -> Option<AnyTensor> {
        let location = *self.locations.get(number)?;
        let buffer = self.buffers.get(location.buffer as usize)?;
        let memory = buffer.memory.as_ref().filter(|_| buffer.left > 1).map(Arc::clone);
        let memory = self.clear(number).or(memory)?;
        Some(self.tensor(location, memory))
    }

    /// Returns a tensor and keeps it here; `None` if it is not there.
    pub fn get(&mut self, number: usize) -> Option<AnyTensor> {
        let location = *self.locations.get(number)?;
        let memory = self.buffers.get(location.buffer as usize)?.memory.as_ref().map(Arc::clone)?;
        Some(self.tensor(location, memory))
    }

    /// Whether this tensor is there.
    fn has(&self, number: usize) -> bool {
        self.locations.get(number).is_some_and(|location| location.buffer != NONE)
    }

    /// Makes one tensor the same as another, in place of its own. Does nothing if the other is not there.
    pub fn share(&mut self, number: usize, other: usize) {
        if number != other && number < self.locations.len() && self.has(other) {
            self.set(number, self.locations[other]);
        }
    }

    /// Drops a tensor. Returns the memory if no other tensor uses it.
    pub(crate) fn clear(&mut self, number: usize) -> Option<Arc<Memory>> {
        let buffer = self.locations.get_mut(number).map(|location| std::mem::replace(&mut location.buffer, NONE))?;
        let buffer = self.buffers.get_mut(buffer as usize)?;
        buffer.left -= 1;
        if buffer.left == 0 { buffer.memory.take() } else { None }
    }

    /// For each tensor that is there, whether its elements are used in place, and its size in bytes.
    pub fn memory(&self) -> impl Iterator<Item = (bool, usize)> {
        self.locations.iter().filter(|location| location.buffer != NONE).map(|&location| {
            let memory = self.buffers[location.buffer as usize].memory.as_ref();
            let bytes = match self.entry_type(location) {
                Some(tensor_type) => tensor_type.byte_len,
                None => self.own_type(location).byte_len,
            };
            (memory.is_some_and(|memory| memory.is_foreign()), bytes)
        })
    }

    fn set(&mut self, number: usize, location: Location) {
        self.clear(number);
        self.locations[number] = location;
        self.buffers[location.buffer as usize].left += 1;
    }

    fn tensor(&mut self, location: Location, memory: Arc<Memory>) -> AnyTensor {
        let tensor_type = self.tensor_type(location);
        let storage = Storage::within(memory, location.start, tensor_type.byte_len);
        AnyTensor::of_type(tensor_type, storage)
    }

    fn tensor_type(&mut self, location: Location) -> Arc<TensorType> {
        if let Some(tensor_type) = self.entry_type(location) {
            return Arc::clone(tensor_type);
        }
        let tensor_type = self.own_type(location);
        if let Some(made) = self.made.get(&tensor_type) {
            return Arc::clone(made);
        }
        let made = Arc::new(tensor_type);
        self.made.insert(Arc::clone(&made));
        made
    }

    /// The type of the tensor's entry, if the tensor is the whole entry and not cast.
    fn entry_type(&self, location: Location) -> Option<&'t Arc<TensorType>> {
        let Some(Assignment::Whole { entry, dtype, .. }) = &self.assignments[location.assignment as usize] else {
            return None;
        };
        Some(self.checkpoint.entry(*entry).tensor_type()).filter(|tensor_type| tensor_type.dtype == *dtype)
    }

    /// The type of a tensor that is cast or composed.
    fn own_type(&self, location: Location) -> TensorType {
        match &self.assignments[location.assignment as usize] {
            Some(Assignment::Whole { entry, dtype, .. }) => {
                TensorType::of(*dtype, self.checkpoint.entry(*entry).shape().clone())
            }
            Some(Assignment::Composed(composed)) => TensorType::of(composed.dtype, composed.shape.clone()),
            Some(Assignment::Same(_)) | None => unreachable!("a tensor without elements of its own is in no buffer"),
        }
    }
}
