//! Reads bytes by position. This crate reads in no other way.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use weighbridge_memory::{Mapping, Unchanging};

use crate::limits::Limits;
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

/// How files are opened.
#[derive(Clone, Debug, Default)]
#[must_use = "options do nothing by themselves; give them to `Source::open`"]
#[non_exhaustive]
pub struct OpenOptions {
    /// What a file may claim.
    pub limits: Limits,
    /// Maps files instead of reading them. The caller promises that they do not change.
    pub map: Option<Unchanging>,
}

impl OpenOptions {
    /// Files are read and not mapped, within the default limits.
    pub fn new() -> OpenOptions {
        OpenOptions::default()
    }

    /// Sets what a file may claim.
    pub fn limits(mut self, limits: Limits) -> OpenOptions {
        self.limits = limits;
        self
    }

    /// Maps files instead of reading them. Only `unsafe` code can make the promise that this takes.
    pub fn map(mut self, promise: Unchanging) -> OpenOptions {
        self.map = Some(promise);
        self
    }

    pub(crate) fn file(&self, path: &Path) -> io::Result<Arc<dyn ReadAt>> {
        // opening a pipe would wait for a writer
        let metadata = std::fs::metadata(path)?;
        if metadata.is_dir() {
            return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a directory; give the path of a file"));
        }
        if !metadata.is_file() {
            let message =
                "it is a pipe or a device, which cannot be read by position; read it into memory and give the bytes";
            return Err(io::Error::new(io::ErrorKind::Unsupported, message));
        }
        match self.map {
            None => Ok(Arc::new(OpenFile::open(path)?)),
            Some(promise) => Ok(Arc::new(InMemory(Arc::new(Mapping::of(&File::open(path)?, promise)?)))),
        }
    }
}

/// An open file with the length it had when it was opened.
struct OpenFile {
    file: File,
    len: u64,
}

impl OpenFile {
    fn open(path: &Path) -> io::Result<OpenFile> {
        let file = File::open(path)?;
        let len = file.metadata()?.len();
        Ok(OpenFile { file, len })
    }
}

/// The error of a read beyond the length that the file had when it was opened.
fn cut() -> io::Error {
    let message = "the file is now shorter than when it was opened; load it when nobody writes to it";
    io::Error::new(io::ErrorKind::UnexpectedEof, message)
}

impl ReadAt for OpenFile {
    fn len(&self) -> u64 {
        self.len
    }

    #[cfg(unix)]
    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(&self.file, buffer, offset).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => cut(),
            _ => error,
        })
    }

    #[cfg(windows)]
    fn read_exact_at(&self, mut offset: u64, mut buffer: &mut [u8]) -> io::Result<()> {
        use std::os::windows::fs::FileExt;
        while !buffer.is_empty() {
            match self.file.seek_read(buffer, offset) {
                Ok(0) => return Err(cut()),
                Ok(n) => {
                    offset += n as u64;
                    buffer = &mut buffer[n..];
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
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
