//! The formats: bytes in, named, typed and located entries out. Nothing here knows of a schema.
//!
//! A reader takes nothing on trust: checked arithmetic only, no cast that can lose, and a bound on every allocation.
#![deny(clippy::as_conversions, clippy::arithmetic_side_effects, clippy::indexing_slicing)]

mod gather;
mod json;
pub(crate) mod locked;
pub(crate) mod npz;
pub(crate) mod pairs;
pub(crate) mod safetensors;
pub(crate) mod sharded;
pub(crate) mod sniff;

use std::collections::BTreeMap;

use crate::dtype::DType;
use crate::error::Problem;
use crate::shape::Shape;
use crate::storage::Storage;

/// What one container holds, in the order in which it lists it. Names may repeat: that is the plan's to refuse.
pub(crate) struct Contents {
    pub(crate) entries: Vec<RawEntry>,
    /// What the writer said about the whole, such as `format: pt`. Only safetensors has any.
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) reader: Box<dyn Container>,
}

/// One tensor as its container describes it.
#[derive(Clone, Debug)]
pub(crate) struct RawEntry {
    pub(crate) name: Box<str>,
    pub(crate) dtype: DType,
    pub(crate) shape: Shape,
    /// Size of the elements in bytes, already proved to agree with dtype and shape.
    pub(crate) bytes: usize,
    /// The first byte of the elements (safetensors), of the member (npz) in its file. 0 for a tensor in memory.
    pub(crate) offset: u64,
    /// The container's own number for it: what `Container` is asked with.
    pub(crate) key: usize,
}

/// The elements of a container's entries.
pub(crate) trait Container: Send + Sync {
    /// Fills `out`, which has the entry's length, with its elements: C order, little endian.
    fn read(&self, entry: &RawEntry, out: &mut [u8]) -> Result<(), Problem>;

    /// The elements where they already are in memory, aligned or not, so that a tensor can share them.
    fn share(&self, _entry: &RawEntry) -> Option<Storage> {
        None
    }

    /// Whether any part of an entry can be read on its own with [`Container::read_part`].
    fn by_position(&self) -> bool {
        false
    }

    /// Fills `out` with the elements' bytes from `start` on. Only where `by_position`.
    fn read_part(&self, _entry: &RawEntry, _start: usize, _out: &mut [u8]) -> Result<(), Problem> {
        unreachable!("only containers that say `by_position` are asked for parts")
    }

    /// Reads an entry from its first byte to its last without holding all of it: `with` is given what fills a buffer
    /// with the next bytes. A buffer ends between two numbers. What fills the last byte has seen the checksum, and an
    /// entry without bytes is asked for none of them.
    fn in_order(&self, entry: &RawEntry, with: &mut dyn FnMut(&mut Fill<'_>)) -> Result<(), Problem> {
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
