//! Pages of memory and of mapped files.

use std::fs::File;
use std::io;

use memmap2::{Mmap, MmapMut};

pub(crate) const PAGE: usize = 4096;

/// Maps a file.
pub(crate) fn map(file: &File) -> io::Result<Mmap> {
    // SAFETY: the files are generated before the first child starts, and nothing changes them while the run lasts.
    unsafe { Mmap::map(file) }
}

/// Untouched memory, in pages of 2 MiB if you ask for them and the system gives them.
pub(crate) fn fresh(length: usize, huge: bool) -> io::Result<MmapMut> {
    let memory = MmapMut::map_anon(length)?;
    #[cfg(target_os = "linux")]
    memory.advise(if huge { memmap2::Advice::HugePage } else { memmap2::Advice::NoHugePage })?;
    Ok(memory)
}

/// A sum of one byte of each page.
pub(crate) fn touch_pages(bytes: &[u8]) -> u64 {
    bytes.iter().step_by(PAGE).map(|&byte| u64::from(byte)).sum()
}
