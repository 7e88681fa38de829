//! What each format makes of a file: its entries, and how their elements are read.

use std::collections::BTreeMap;

use super::checksum::Checksum;
use super::entries::{Entries, RawEntry};
use super::unpacking::Unpacking;
use crate::error::Problem;
use crate::storage::Storage;

/// What one container holds.
pub(crate) struct Contents {
    pub(crate) entries: Entries,
    /// What the writer said about the whole, such as `format: pt`. Only safetensors has any.
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) reader: Box<dyn Container>,
}

/// How the elements of an entry can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Any part of them on its own, several at once: [`Container::read_part`].
    Parts,
    /// Only all of them, because what is before them must be unpacked first: [`Container::read`] into a buffer that has
    /// `lead` bytes more, in front of the elements, which it may use as it likes; so many that the elements are aligned
    /// where the buffer is.
    Whole { lead: usize },
}

/// The elements of a container's entries.
pub(crate) trait Container: Send + Sync {
    fn access(&self, entry: RawEntry<'_>) -> Access;

    /// Only where the access is [`Access::Parts`].
    fn checksum(&self, _entry: RawEntry<'_>) -> Option<Checksum> {
        None
    }

    /// The elements where they already are in memory, aligned or not, so that a tensor can share them. They are not
    /// compared with the checksum yet.
    fn share(&self, _entry: RawEntry<'_>) -> Option<Storage> {
        None
    }

    /// Fills the last bytes of `out` with all elements: C order, little endian, and the checksum was looked at. `out` has
    /// as many bytes as the entry, and as many more as [`Access::Whole`] says.
    fn read(&self, entry: RawEntry<'_>, _out: &mut [u8], _unpacking: &mut Unpacking) -> Result<(), Problem> {
        unreachable!("`{}` can be read in parts", entry.name)
    }

    /// Fills `out` with the elements' bytes from `start` on, and with what lies behind them in the file if it is longer: so
    /// entries without a checksum that lie one behind the other are read at once. Only where the access is
    /// [`Access::Parts`].
    fn read_part(&self, entry: RawEntry<'_>, _start: usize, _out: &mut [u8]) -> Result<(), Problem> {
        unreachable!("`{}` can be read as a whole only", entry.name)
    }

    /// Reads an entry from its first byte to its last without holding all of it: `with` is given what fills a buffer
    /// with the next bytes. A buffer ends between two numbers. What fills the last byte has seen the checksum, and an
    /// entry without bytes is asked for none of them.
    fn in_order(&self, entry: RawEntry<'_>, with: &mut dyn FnMut(&mut Fill<'_>)) -> Result<(), Problem> {
        let mut start = 0usize;
        with(&mut |out| {
            self.read_part(entry, start, out)?;
            start = start.saturating_add(out.len());
            Ok(())
        });
        Ok(())
    }
}

/// Fills a buffer with the next bytes of an entry.
pub(crate) type Fill<'f> = dyn FnMut(&mut [u8]) -> Result<(), Problem> + 'f;
