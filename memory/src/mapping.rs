//! Files as memory.

use std::fs::File;
use std::io;

use memmap2::Mmap;

/// The promise that files which are mapped do not change while they are: nobody writes to them, and nobody cuts them.
///
/// Only its holder maps files, and only `unsafe` code makes one.
#[derive(Clone, Copy, Debug)]
pub struct Unchanging(());

impl Unchanging {
    /// Makes the promise.
    ///
    /// # Safety
    /// No file that is mapped with this value or a copy of it is written to, cut or given back by a file system whose
    /// contents change by themselves, in this process or another, for as long as its [`Mapping`] lives. A file that is
    /// replaced by another of its name (`rename`) is not changed: the mapping keeps the old one.
    pub unsafe fn promise() -> Unchanging {
        Unchanging(())
    }
}

/// The bytes of a file, which the system reads when they are touched.
#[derive(Debug)]
pub struct Mapping(Mmap);

impl Mapping {
    /// Maps a file from its first byte to its last. Nothing of it is read.
    ///
    /// # Errors
    /// What the system says.
    pub fn of(file: &File, _promise: Unchanging) -> io::Result<Mapping> {
        // SAFETY: whoever made `Unchanging` promised that no file that is mapped with it changes while it is mapped,
        // which is what `Mmap::map` asks for; the mapping is private to `Mapping`, which gives out shared slices only.
        let map = unsafe { Mmap::map(file) }?;
        Ok(Mapping(map))
    }
}

impl AsRef<[u8]> for Mapping {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}
