//! A deflated member that is unpacked by one call of libdeflate, which is faster than a stream.
//!
//! libdeflate does not tell where a stream ended, so that something could hide behind it. But where the stream stands in
//! a frame of gzip, it compares the checksum that follows the stream at once: so the member is put into such a frame. What
//! hides could begin with that checksum, as the archive lists it; so a block of bytes that nobody knows beforehand is
//! put in front of the stream, and the checksum is that of both. The block is made as long as it takes for the elements to
//! be aligned.

use std::hash::{BuildHasher, Hasher, RandomState};

use libdeflater::Decompressor;

use super::layout::Layout;
use crate::reader::ReadAt;

/// Members that are longer in the file are read as a stream, so that little is held besides the elements.
const MOST: u64 = 64 << 20;
/// Where the elements begin is a multiple of this.
const ALIGNMENT: usize = 64;
/// The bytes that are not known beforehand.
const SECRET: usize = 8;
/// The header of gzip: its mark, deflate, and nothing that is optional.
const GZIP: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

/// How many bytes stand in front of a member's elements when it is unpacked so; 0 if it is not.
pub(super) fn lead(layout: &Layout) -> usize {
    if !layout.deflated || layout.fortran || layout.packed > MOST {
        return 0;
    }
    block(layout).saturating_add(layout.header)
}

/// The length of the block in front of the stream.
fn block(layout: &Layout) -> usize {
    let least = layout.header.saturating_add(SECRET);
    least.checked_next_multiple_of(ALIGNMENT).unwrap_or(least).saturating_sub(layout.header)
}

/// What unpacking needs besides the buffer that it fills; made when the first member needs it.
#[derive(Default)]
pub(crate) struct Unpacker {
    decompressor: Option<Decompressor>,
    frame: Vec<u8>,
}

impl Unpacker {
    /// Unpacks a member into `out`, which has room for the lead and the elements. `None` if the member is not exactly
    /// what the archive says, or is not the one that was opened: why, the stream will tell.
    pub(super) fn unpack(&mut self, reader: &dyn ReadAt, layout: &Layout, out: &mut [u8]) -> Option<()> {
        let block = block(layout);
        let secret = RandomState::new().build_hasher().finish().to_le_bytes();
        let size = u64::try_from(out.len().checked_sub(block)?).ok()?;
        let (front, behind) = frame(layout, block, secret, size)?;

        let packed = usize::try_from(layout.packed).ok()?;
        let stream_end = front.len().checked_add(packed)?;
        let end = stream_end.checked_add(behind.len())?;
        if self.frame.len() < end {
            self.frame.try_reserve_exact(end.saturating_sub(self.frame.len())).ok()?;
            self.frame.resize(end, 0);
        }
        let frame = self.frame.get_mut(..end)?;
        frame.get_mut(..front.len())?.copy_from_slice(&front);
        reader.read_exact_at(layout.data, frame.get_mut(front.len()..stream_end)?).ok()?;
        frame.get_mut(stream_end..)?.copy_from_slice(&behind);

        let unpacked = self.decompressor.get_or_insert_default().gzip_decompress(frame, out).ok()?;
        let header = out.get(block..)?.get(..layout.header)?;
        (unpacked == out.len() && crc32fast::hash(header) == layout.header_sum).then_some(())
    }
}

/// What stands in front of the stream and behind it.
fn frame(layout: &Layout, block: usize, secret: [u8; SECRET], size: u64) -> Option<(Vec<u8>, [u8; 8])> {
    // A stored block that is not the last one: its length, twice, and its bytes.
    let length = u16::try_from(block).ok()?;
    let mut front = GZIP.to_vec();
    front.push(0);
    front.extend(length.to_le_bytes());
    front.extend((!length).to_le_bytes());
    let start = front.len();
    front.extend(secret);
    front.resize(start.checked_add(block)?, 0);

    let mut sum = crc32fast::Hasher::new();
    sum.update(front.get(start..)?);
    sum.combine(&crc32fast::Hasher::new_with_initial_len(layout.crc, size));
    // The length is that of 32 bits, as gzip has it.
    let length = size.checked_add(u64::from(length))? & u64::from(u32::MAX);
    let mut behind = [0; 8];
    behind.get_mut(..4)?.copy_from_slice(&sum.finalize().to_le_bytes());
    behind.get_mut(4..)?.copy_from_slice(&u32::try_from(length).ok()?.to_le_bytes());
    Some((front, behind))
}
