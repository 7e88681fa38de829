//! The elements of a format that has them as they are, at a place of its file.

use std::io;
use std::sync::Arc;

use super::contents::{Access, Container};
use super::entries::RawEntry;
use crate::dtype::DType;
use crate::error::Problem;
use crate::reader::ReadAt;
use crate::storage::{Memory, Storage};

/// Elements that start at the offset of their entry: C order, little endian, without a checksum.
pub(crate) struct PlainElements {
    reader: Arc<dyn ReadAt>,
    memory: Option<Arc<Memory>>,
}

impl PlainElements {
    pub(crate) fn new(reader: Arc<dyn ReadAt>) -> PlainElements {
        let memory = reader.memory().map(|memory| Arc::new(Memory::Foreign(memory)));
        PlainElements { reader, memory }
    }
}

impl Container for PlainElements {
    fn access(&self, _entry: RawEntry<'_>) -> Access {
        Access::Parts
    }

    fn share(&self, entry: RawEntry<'_>) -> Option<Storage> {
        let start = usize::try_from(entry.offset).ok()?;
        // a BOOL is copied: values that were checked must not change afterwards
        let memory = self.memory.as_ref().filter(|_| entry.tensor_type.dtype != DType::BOOL)?;
        Storage::part(memory, start, entry.tensor_type.byte_len)
    }

    fn unchanged(&self) -> io::Result<()> {
        self.reader.unchanged()
    }

    fn read_part(&self, entry: RawEntry<'_>, start: usize, out: &mut [u8]) -> Result<(), Problem> {
        let start = u64::try_from(start).unwrap_or(u64::MAX);
        let at = entry.offset.saturating_add(start);
        self.reader.read_exact_at(at, out).map_err(|error| Problem::io(error).tensor(entry.name).at(at))
    }
}
