//! Unpacks a deflated member with one call of libdeflate, which is faster than a stream.
//!
//! libdeflate sees only the member's stream, and writes the `.npy` header and the elements straight to where the
//! elements are needed. So a reference to before the start of the stream is refused. So is anything behind its end,
//! because libdeflate returns where that is.

use crc32fast::Hasher;
use weighbridge_memory::{Inflated, Inflater};

use super::stored::StoredArray;
use crate::container::unpacking::Unpacking;
use crate::reader::ReadAt;

/// Members that take more in the file are read as a stream, which needs little memory besides the elements.
const MOST: u64 = 64 << 20;
/// The elements start at a multiple of this.
const ALIGNMENT: usize = 64;

/// The number of bytes in front of a member's elements when it is unpacked this way; the `.npy` header comes last in
/// them. 0 if it is unpacked as a stream.
pub(super) fn lead(array: &StoredArray) -> usize {
    if !array.deflated || array.fortran || array.packed > MOST {
        return 0;
    }
    array.header.checked_next_multiple_of(ALIGNMENT).unwrap_or(0)
}

/// Unpacks a member into `out`, which has room for the lead and the elements. `None` if the member is not exactly as
/// the archive lists it, or has changed since it was opened: the stream then finds the reason.
pub(super) fn unpack(
    unpacking: &mut Unpacking,
    reader: &dyn ReadAt,
    array: &StoredArray,
    out: &mut [u8],
) -> Option<()> {
    let out = out.get_mut(lead(array).checked_sub(array.header)?..)?;

    let length = usize::try_from(array.packed).ok()?;
    if unpacking.packed.len() < length {
        unpacking.packed.try_reserve_exact(length.saturating_sub(unpacking.packed.len())).ok()?;
        unpacking.packed.resize(length, 0);
    }
    let packed = unpacking.packed.get_mut(..length)?;
    reader.read_exact_at(array.data, packed).ok()?;

    if unpacking.inflater.is_none() {
        unpacking.inflater = Inflater::new();
    }
    let inflated = unpacking.inflater.as_mut()?.inflate(packed, out)?;
    if inflated != (Inflated { read: packed.len(), written: out.len() }) {
        return None;
    }
    let (header, elements) = out.split_at_checked(array.header)?;
    let mut sum = Hasher::new();
    sum.update(header);
    let same_header = sum.clone().finalize() == array.header_sum;
    sum.update(elements);
    (same_header && sum.finalize() == array.crc).then_some(())
}
