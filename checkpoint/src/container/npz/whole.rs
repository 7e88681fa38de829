//! A deflated member that is unpacked by one call of libdeflate, which is faster than a stream.
//!
//! libdeflate sees the member's stream and nothing else, and writes the `.npy` header and the elements straight to where the
//! elements are needed. So a reference to before the stream's first byte is refused, and so is anything after the stream's
//! end, as libdeflate returns where that was.

use crc32fast::Hasher;
use weighbridge_memory::{Inflated, Inflater};

use super::layout::Layout;
use crate::container::unpacking::Unpacking;
use crate::reader::ReadAt;

/// Members that take more in the file are read as a stream, so that little memory is needed besides the elements.
const MOST: u64 = 64 << 20;
/// Where the elements begin is a multiple of this.
const ALIGNMENT: usize = 64;

/// How many bytes are in front of a member's elements when it is unpacked this way, the `.npy` header last; 0 if it is not.
pub(super) fn lead(layout: &Layout) -> usize {
    if !layout.deflated || layout.fortran || layout.packed > MOST {
        return 0;
    }
    layout.header.checked_next_multiple_of(ALIGNMENT).unwrap_or(0)
}

/// Unpacks a member into `out`, which has room for the lead and the elements. `None` if the member is not exactly
/// what the archive lists, or has changed since it was opened: the stream then finds out why.
pub(super) fn unpack(unpacking: &mut Unpacking, reader: &dyn ReadAt, layout: &Layout, out: &mut [u8]) -> Option<()> {
    let out = out.get_mut(lead(layout).checked_sub(layout.header)?..)?;

    let length = usize::try_from(layout.packed).ok()?;
    if unpacking.packed.len() < length {
        unpacking.packed.try_reserve_exact(length.saturating_sub(unpacking.packed.len())).ok()?;
        unpacking.packed.resize(length, 0);
    }
    let packed = unpacking.packed.get_mut(..length)?;
    reader.read_exact_at(layout.data, packed).ok()?;

    if unpacking.inflater.is_none() {
        unpacking.inflater = Inflater::new();
    }
    let inflated = unpacking.inflater.as_mut()?.inflate(packed, out)?;
    if inflated != (Inflated { read: packed.len(), written: out.len() }) {
        return None;
    }
    let (header, elements) = out.split_at_checked(layout.header)?;
    let mut sum = Hasher::new();
    sum.update(header);
    let same_header = sum.clone().finalize() == layout.header_sum;
    sum.update(elements);
    (same_header && sum.finalize() == layout.crc).then_some(())
}
