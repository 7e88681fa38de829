//! Memory that a thread uses again for one part after another.

use super::out_of_memory;
use crate::container::Unpacking;
use crate::error::Problem;
use crate::storage::Words;

/// Aligned for every dtype.
const ALIGNMENT: usize = 8;

/// A buffer that grows to the largest size that was asked for.
#[derive(Default)]
pub(super) struct Buffer(Option<Words>);

/// What one thread needs besides the memory of the tensors. No part asks for more than a bound.
#[derive(Default)]
pub(super) struct Scratch {
    /// Bytes as they are in the file.
    pub(super) source: Buffer,
    /// Elements, cast if they are to be, that go somewhere else.
    pub(super) moved: Buffer,
    /// For entries that are packed.
    pub(super) unpacking: Unpacking,
}

impl Buffer {
    /// So many bytes; what they hold is left from before.
    pub(super) fn bytes(&mut self, count: usize) -> Result<&mut [u8], Problem> {
        let words = match self.0.take() {
            Some(words) if words.as_bytes().len() >= count => words,
            _ => Words::zeroed(count, ALIGNMENT).map_err(out_of_memory)?,
        };
        Ok(&mut self.0.insert(words).as_bytes_mut()[..count])
    }
}
