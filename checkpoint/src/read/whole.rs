//! Reads all of an entry and verifies its checksum.

use super::problems::check_values;
use super::scratch::{Scratch, ScratchBuffer};
use crate::checkpoint::Entry;
use crate::container::{Access, Container, RawEntry, Unpacking};
use crate::dtype::DType;
use crate::error::Problem;
use crate::values;

/// How many bytes of a file are cast or summed at a time: few enough to stay in the inner caches.
pub(super) const PIECE: usize = 256 << 10;
/// An entry of at most this many bytes is read into scratch memory, which the thread reuses.
pub(super) const REUSED: usize = 16 << 20;

/// Fills `out` with an entry that can only be read whole. Without a cast, the elements are the last bytes of `out`.
pub(super) fn fill(entry: &Entry<'_>, to: DType, out: &mut [u8], scratch: &mut Scratch) -> Result<(), Problem> {
    let (container, raw) = entry.container();
    let from = entry.dtype();
    if from.reads_as(to) {
        container.read(raw, out, &mut scratch.unpacking)?;
        return check_values(to, &out[out.len() - raw.tensor_type.byte_len..], 0);
    }
    if raw.tensor_type.byte_len <= REUSED {
        values::cast(from, all(container, raw, &mut scratch.source, &mut scratch.unpacking)?, to, out);
        return Ok(());
    }
    let mut done = Ok(());
    container.in_order(raw, &mut |fill| {
        let mut pieces = out.chunks_mut(values::cast_len(from, PIECE, to));
        done = pieces.try_for_each(|out| {
            let piece = scratch.source.bytes(values::cast_len(to, out.len(), from))?;
            fill(piece)?;
            values::cast(from, piece, to, out);
            Ok(())
        });
    })?;
    done
}

/// All elements of an entry, as they are in the file. Verifies their checksum.
pub(super) fn all<'s>(
    container: &dyn Container,
    raw: RawEntry<'_>,
    buffer: &'s mut ScratchBuffer,
    unpacking: &mut Unpacking,
) -> Result<&'s [u8], Problem> {
    match container.access(raw) {
        Access::Whole { lead } => {
            let bytes = buffer.bytes(lead.saturating_add(raw.tensor_type.byte_len))?;
            container.read(raw, bytes, unpacking)?;
            Ok(&bytes[lead..])
        }
        Access::Parts => {
            let bytes = buffer.bytes(raw.tensor_type.byte_len)?;
            container.read_part(raw, 0, bytes)?;
            if let Some(checksum) = container.checksum(raw) {
                let mut sum = checksum.begin();
                sum.update(bytes);
                checksum.compare([&sum])?;
            }
            Ok(bytes)
        }
    }
}

/// Verifies the checksum of an entry whose elements are read in parts afterwards, or used in place.
pub(super) fn check_sum(
    container: &dyn Container,
    raw: RawEntry<'_>,
    buffer: &mut ScratchBuffer,
) -> Result<(), Problem> {
    let Some(checksum) = container.checksum(raw) else { return Ok(()) };
    let mut sum = checksum.begin();
    for start in (0..raw.tensor_type.byte_len).step_by(PIECE) {
        let piece = buffer.bytes(PIECE.min(raw.tensor_type.byte_len - start))?;
        container.read_part(raw, start, piece)?;
        sum.update(piece);
    }
    checksum.compare([&sum])
}
