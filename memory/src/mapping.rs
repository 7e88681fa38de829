//! Files as memory.

use std::fs::File;
use std::io;

use memmap2::Mmap;

/// The promise that mapped files do not change while they are mapped: nobody writes to them, and nobody truncates them.
///
/// Mapping a file takes one, and only `unsafe` code can make one.
#[derive(Clone, Copy, Debug)]
pub struct Unchanging(());

impl Unchanging {
    /// Makes the promise.
    ///
    /// # Safety
    /// While a [`Mapping`] that was made with this value or a copy of it lives, nothing in this process or another writes
    /// to its file or truncates it, and the file is not on a file system whose contents change by themselves. Replacing a
    /// file by another of its name (`rename`) does not change it: the mapping keeps the old one.
    pub unsafe fn promise() -> Unchanging {
        Unchanging(())
    }
}

/// The bytes of a file. The system reads them when they are touched.
#[derive(Debug)]
pub struct Mapping(Mmap);

impl Mapping {
    /// Maps a whole file. Nothing is read yet.
    ///
    /// # Errors
    /// Whatever the system returns.
    pub fn of(file: &File, _promise: Unchanging) -> io::Result<Mapping> {
        // SAFETY: whoever made `Unchanging` promised that a file mapped with it does not change while it is mapped, which
        // is what `Mmap::map` requires; the mapping is private to `Mapping`, which hands out shared slices only.
        let map = unsafe { Mmap::map(file) }?;
        Ok(Mapping(map))
    }
}

impl AsRef<[u8]> for Mapping {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}
