//! Reads bytes by position. This crate reads in no other way.

use std::io;
use std::sync::Arc;

use crate::storage::SharedBytes;

/// A file, or anything that can be read like one: by position, from several threads at once.
///
/// Implement it to load from elsewhere, and pass it to [`Source::reader`](crate::Source::reader).
///
/// ```
/// use std::io;
/// use std::sync::atomic::{AtomicU64, Ordering};
/// use weighbridge::ReadAt;
///
/// /// Counts the bytes that are read.
/// struct Counted(Vec<u8>, AtomicU64);
///
/// impl ReadAt for Counted {
///     fn len(&self) -> u64 {
///         self.0.len() as u64
///     }
///     fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
///         self.1.fetch_add(buffer.len() as u64, Ordering::Relaxed);
///         self.0.as_slice().read_exact_at(offset, buffer)
///     }
/// }
/// ```
#[allow(clippy::len_without_is_empty)]
pub trait ReadAt: Send + Sync {
    /// The length in bytes. It must not change.
    fn len(&self) -> u64;

    /// Fills the buffer from `offset` on.
    ///
    /// # Errors
    /// `UnexpectedEof` if there are too few bytes, or the error of the system.
    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()>;

    /// All of the bytes, if they are in memory already: tensors then point into them instead of copying.
    fn memory(&self) -> Option<Arc<dyn AsRef<[u8]> + Send + Sync>> {
        None
    }

    /// Checks that the bytes are still those of when it was opened. A load calls it after its last read, so that no
    /// tensor mixes old and new bytes. The default is `Ok`, for bytes that cannot change.
    ///
    /// # Errors
    /// If they changed, or the system cannot say so.
    fn unchanged(&self) -> io::Result<()> {
        Ok(())
    }
}

fn past_the_end() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the file ends before these bytes")
}

impl ReadAt for [u8] {
    fn len(&self) -> u64 {
        self.len() as u64
    }

    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let start = usize::try_from(offset).map_err(|_| past_the_end())?;
        let end = start.checked_add(buffer.len()).ok_or_else(past_the_end)?;
        buffer.copy_from_slice(self.get(start..end).ok_or_else(past_the_end)?);
        Ok(())
    }
}

/// Memory that tensors may point into.
pub(crate) struct InMemory(pub(crate) SharedBytes);

impl ReadAt for InMemory {
    fn len(&self) -> u64 {
        (*self.0).as_ref().len() as u64
    }

    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        ReadAt::read_exact_at((*self.0).as_ref(), offset, buffer)
    }

    fn memory(&self) -> Option<SharedBytes> {
        Some(Arc::clone(&self.0))
    }
}
