//! Memory that a thread reuses for one part after another.

use super::problems::out_of_memory;
use crate::container::Unpacking;
use crate::error::Problem;
use crate::storage::Words;

/// Enough for every dtype.
const ALIGNMENT: usize = 8;

/// A buffer that grows to the largest size requested.
#[derive(Default)]
pub(super) struct ScratchBuffer(Option<Words>);

/// What one thread needs besides the memory of the tensors. Its size has a bound that no file can raise.
#[derive(Default)]
pub(super) struct Scratch {
    /// Bytes as they are in the file.
    pub(super) source: ScratchBuffer,
    /// Elements of the target's dtype, on the way to their places.
    pub(super) moved: ScratchBuffer,
    /// For entries that are compressed.
    pub(super) unpacking: Unpacking,
}

impl ScratchBuffer {
    /// `count` bytes, with arbitrary contents.
    pub(super) fn bytes(&mut self, count: usize) -> Result<&mut [u8], Problem> {
        let words = match self.0.take() {
            Some(words) if words.as_bytes().len() >= count => words,
            _ => Words::zeroed(count, ALIGNMENT).map_err(out_of_memory)?,
        };
        Ok(&mut self.0.insert(words).as_bytes_mut()[..count])
    }
}
