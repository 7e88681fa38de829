//! The records of an archive's directory, and whether the record in front of a member agrees with them.
//!
//! The `zip` crate reads the directory and makes the same comparison, but needs several small reads for each member. So
//! the forms that writers of arrays use are compared here, and any other form is left to the crate.

use std::sync::Arc;

use super::window::Window;
use crate::reader::ReadAt;

/// The directory is read in parts of this size.
const AHEAD: usize = 64 << 10;
/// The length of a directory record without its name, and of the record in front of a member.
const CENTRAL: usize = 46;
const LOCAL: usize = 30;
/// The flag that says that the sizes follow the member's bytes; those in front may be 0.
const DESCRIBED: u16 = 8;
/// The extra fields that writers of arrays use: 64-bit sizes, and padding that aligns the array, of numpy's writers and of
/// PyTorch.
const LONG_SIZES: u16 = 1;
const PADDING: [u16; 2] = [0xa11e, 0x4246];

/// The records of a directory, one after another.
pub(super) struct Records {
    window: Window,
    at: u64,
}

/// One record of the directory.
pub(super) struct Record<'w> {
    fixed: [u8; CENTRAL],
    pub(super) name: &'w [u8],
    extra: &'w [u8],
}

impl Records {
    pub(super) fn new(reader: &Arc<dyn ReadAt>, directory: u64) -> Records {
        Records { window: Window::new(Arc::clone(reader)), at: directory }
    }

    /// The next record, or `None` at the end.
    pub(super) fn next(&mut self) -> Option<Record<'_>> {
        let at = self.at;
        let fixed = *self.window.bytes(at, CENTRAL, AHEAD).ok()?.first_chunk::<CENTRAL>()?;
        if !fixed.starts_with(b"PK\x01\x02") {
            return None;
        }
        let [name, extra, note] = [28, 30, 32].map(|at| usize::from(short(&fixed, at)));
        let named = CENTRAL.saturating_add(name);
        let whole = named.saturating_add(extra);
        self.at = at.checked_add(u64::try_from(whole.saturating_add(note)).ok()?)?;
        let bytes = self.window.bytes(at, whole, AHEAD).ok()?;
        Some(Record { fixed, name: bytes.get(CENTRAL..named)?, extra: bytes.get(named..whole)? })
    }
}

impl Record<'_> {
    /// The length of the record in front of a member without its name.
    pub(super) const LOCAL: usize = LOCAL;

    /// The length of the record in front of a member, with its name. `local` is the beginning of that record.
    pub(super) fn local_length(local: &[u8]) -> Option<usize> {
        let fixed = local.first_chunk::<LOCAL>()?;
        LOCAL.checked_add(usize::from(short(fixed, 26)))?.checked_add(usize::from(short(fixed, 28)))
    }

    /// Where the member starts, if that is in the first 4 GiB.
    pub(super) fn offset(&self) -> u32 {
        long(&self.fixed, 42)
    }

    /// Whether the record in front of a member, with its name and extra fields, has a usual form and agrees with this
    /// one. `size` and `packed` are what the crate read in this one.
    pub(super) fn is_repeated_by(&self, local: &[u8], size: u64, packed: u64) -> bool {
        let usual = || {
            let (fixed, rest) = local.split_first_chunk::<LOCAL>()?;
            let (name, extra) = rest.split_at_checked(usize::from(short(fixed, 26)))?;
            // flags, method, time and date
            let same = fixed.get(6..14)? == self.fixed.get(8..16)?;
            let [crc, local_packed, local_size] = [14, 18, 22].map(|at| long(fixed, at));
            let sums = (u64::from(long(&self.fixed, 16)), packed, size);
            let said = match (long_sizes(extra)?, local_packed, local_size) {
                (None, packed, size) => (u64::from(crc), u64::from(packed), u64::from(size)),
                (Some((size, packed)), u32::MAX, u32::MAX) => (u64::from(crc), packed, size),
                _ => return None,
            };
            let later = short(fixed, 6) & DESCRIBED != 0 && said == (0, 0, 0);
            // at most one field, which the crate has read
            let plain = match self.extra.split_first_chunk::<4>() {
                Some((head, content)) => short(head, 0) == LONG_SIZES && usize::from(short(head, 2)) == content.len(),
                None => self.extra.is_empty(),
            };
            Some(fixed.starts_with(b"PK\x03\x04") && same && name == self.name && (said == sums || later) && plain)
        };
        usual().unwrap_or(false)
    }
}

/// The 64-bit sizes, unpacked and packed, if the extra fields have them. `None` if the fields hold anything but sizes
/// and padding.
fn long_sizes(mut extra: &[u8]) -> Option<Option<(u64, u64)>> {
    let mut found = None;
    while !extra.is_empty() {
        let (head, rest) = extra.split_first_chunk::<4>()?;
        let (content, rest) = rest.split_at_checked(usize::from(short(head, 2)))?;
        match short(head, 0) {
            LONG_SIZES if found.is_none() => {
                let (size, packed) = content.split_first_chunk::<8>()?;
                found = Some((u64::from_le_bytes(*size), u64::from_le_bytes(packed.try_into().ok()?)));
            }
            field if PADDING.contains(&field) && content.len() >= 2 => {}
            _ => return None,
        }
        extra = rest;
    }
    Some(found)
}

fn short(record: &[u8], at: usize) -> u16 {
    let bytes = record.get(at..).and_then(|rest| rest.first_chunk());
    u16::from_le_bytes(bytes.copied().unwrap_or_default())
}

fn long(record: &[u8], at: usize) -> u32 {
    let bytes = record.get(at..).and_then(|rest| rest.first_chunk());
    u32::from_le_bytes(bytes.copied().unwrap_or_default())
}
