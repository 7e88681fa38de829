//! The elements of one entry, a few at a time.

use std::fmt;

use crate::checkpoint::Entry;
use crate::container::Fill;
use crate::dtype::DType;
use crate::error::CheckpointError;
use crate::read::{check_values, zeroed};
use crate::storage::Words;

/// The elements of an [`Entry`], piece by piece and from first to last: C order, little endian. From [`Entry::pieces`].
pub struct Pieces<'r> {
    entry: Entry<'r>,
    fill: &'r mut Fill<'r>,
    buffer: Words,
    /// The length of a piece in bytes.
    piece: usize,
    start: usize,
    begun: bool,
}

impl Pieces<'_> {
    /// The next elements, packed as in a file; `None` after the last. If the format has a checksum, it is compared
    /// before the last piece is returned.
    ///
    /// # Errors
    /// [`CheckpointError::Container`] if the file cannot be read, or its bytes are damaged.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Result<Option<&[u8]>, CheckpointError> {
        let rest = self.entry.byte_len() - self.start;
        if rest == 0 && self.begun {
            return Ok(None);
        }
        let out = &mut self.buffer.as_bytes_mut()[..rest.min(self.piece)];
        let (dtype, first) = (self.entry.dtype(), self.entry.dtype().elements_in(self.start));
        (self.fill)(out)
            .and_then(|()| check_values(dtype, out, first))
            .map_err(|problem| self.entry.refuse(problem))?;
        self.start += out.len();
        self.begun = true;
        Ok(if out.is_empty() { None } else { Some(out) })
    }
}

impl<'c> Entry<'c> {
    /// Reads the elements in pieces of `elements` elements, and a last piece with the rest, so that you can read a
    /// tensor larger than memory. If elements share bytes, the number is rounded up to whole [blocks](DType::block).
    ///
    /// An `.npz` array in column-major order is put into C order. At most 128 MiB of it are held at a time, and a
    /// larger array is read once for each 128 MiB.
    ///
    /// ```
    /// # fn main() -> Result<(), weighbridge::CheckpointError> {
    /// # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/mlx/linear.safetensors");
    /// let checkpoint = weighbridge::Checkpoint::open(path)?;
    /// let weight = checkpoint.get("weight").expect("the file has it");
    /// let zeros = weight.pieces(1024, |pieces| {
    ///     let mut zeros = 0;
    ///     while let Some(bytes) = pieces.next()? {
    ///         zeros += bytes.as_chunks().0.iter().filter(|number| f32::from_le_bytes(**number) == 0.0).count();
    ///     }
    ///     Ok::<_, weighbridge::CheckpointError>(zeros)
    /// })?;
    /// # assert_eq!(zeros, 0);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the file cannot be read or its bytes are damaged; and whatever `with` returns.
    pub fn pieces<T, E: From<CheckpointError>>(
        &self,
        elements: usize,
        with: impl FnOnce(&mut Pieces<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let (container, raw) = self.container();
        let piece = piece(self.dtype(), elements);
        let buffer =
            zeroed(piece.min(raw.tensor_type.byte_len), self.dtype()).map_err(|problem| self.refuse(problem))?;
        let mut with = Some((with, buffer));
        let mut result = None;
        container
            .in_order(raw, &mut |fill| {
                if let Some((with, buffer)) = with.take() {
                    result = Some(with(&mut Pieces { entry: *self, fill, buffer, piece, start: 0, begun: false }));
                }
            })
            .map_err(|problem| self.refuse(problem))?;
        match result {
            Some(Ok(value)) => {
                self.unchanged()?;
                Ok(value)
            }
            Some(refused) => refused,
            None => unreachable!("a container that can be read calls what reads it"),
        }
    }
}

/// The length of a piece in bytes: whole blocks, at least one.
fn piece(dtype: DType, elements: usize) -> usize {
    let block = dtype.block();
    elements.max(1).div_ceil(block.elements).saturating_mul(block.bytes)
}

impl fmt::Debug for Pieces<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pieces").field("entry", &self.entry).field("start", &self.start).finish_non_exhaustive()
    }
}
