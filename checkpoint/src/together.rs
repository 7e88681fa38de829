//! What the files of one checkpoint share: how many of them stay open, and what their headers claim in all.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use weighbridge_lock::counted;

use crate::error::Problem;
use crate::file::OpenFiles;
use crate::limits::Limits;
use crate::reader::ReadAt;

/// The shards of an index, or the files of one source.
#[derive(Default)]
pub(crate) struct Together {
    pub(crate) files: Arc<OpenFiles>,
    /// The sum over the headers so far. It is compared with the limit before the next file is read, so that a thousand links to
    /// one large header cost no more than one.
    header_bytes: AtomicU64,
}

impl fmt::Debug for Together {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "headers of {} bytes", self.header_bytes())
    }
}

impl Together {
    /// Adds the header of a safetensors file before it is read.
    pub(crate) fn add_header(&self, file: &dyn ReadAt, limits: &Limits) -> Result<(), Problem> {
        let mut prefix = [0; 8];
        // a file without a length, or with one that it cannot have, is refused for that
        let length = file.read_exact_at(0, &mut prefix).map(|()| u64::from_le_bytes(prefix).min(file.len()));
        self.add(length.unwrap_or(0), limits)
    }

    /// Adds a header of this many bytes.
    pub(crate) fn add(&self, bytes: u64, limits: &Limits) -> Result<(), Problem> {
        self.header_bytes.store(self.header_bytes().saturating_add(bytes), Ordering::Relaxed);
        if self.is_beyond(limits) {
            let found = format!("the headers up to this one have {}", counted(self.header_bytes(), "byte"));
            return Err(Problem::limit(found, "header_byte_len", limits.header_byte_len));
        }
        Ok(())
    }

    /// Whether a limit is passed, so that no further file is opened.
    pub(crate) fn is_beyond(&self, limits: &Limits) -> bool {
        self.header_bytes() > limits.header_byte_len
    }

    fn header_bytes(&self) -> u64 {
        self.header_bytes.load(Ordering::Relaxed)
    }
}
