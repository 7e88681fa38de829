//! Larger pages for large memory.

/// Asks the system to back these bytes with huge pages. Half of the time of reading into fresh memory is spent on
/// giving it out in pages of 4 KiB; with pages of 2 MiB that is next to nothing.
///
/// It is a wish: a system that has no such pages, or other plans for them, does as before, and nothing is said. The
/// bytes themselves stay as they are. Memory that was touched before keeps its pages.
pub fn prefer_huge_pages(bytes: &mut [u8]) {
    #[cfg(target_os = "linux")]
    if !bytes.is_empty() {
        linux::advise(bytes);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = bytes;
}

#[cfg(target_os = "linux")]
mod linux {
    use std::sync::OnceLock;

    pub(super) fn advise(bytes: &mut [u8]) {
        let page = page();
        // Whole pages, from the one that holds the first byte to the one that holds the last: what an allocator keeps
        // beside the bytes would otherwise stand between two tensors, and a huge page that spans them could not be.
        let before = bytes.as_ptr().addr() % page;
        let length = (before + bytes.len()).next_multiple_of(page);
        let start = bytes.as_mut_ptr().wrapping_byte_sub(before);
        // SAFETY: `MADV_HUGEPAGE` says how pages are to be given out, and changes neither what they hold nor who may
        // use them (madvise(2)); each page of the range holds one of `bytes`, so that it is mapped. `start` is a
        // multiple of the page's size, and the kernel checks all of it again.
        let status = unsafe { libc::madvise(start.cast(), length, libc::MADV_HUGEPAGE) };
        // a kernel without huge pages says EINVAL, which is as good as an answer
        let _ = status;
    }

    /// The size of a page in bytes.
    fn page() -> usize {
        static PAGE: OnceLock<usize> = OnceLock::new();
        *PAGE.get_or_init(|| {
            // SAFETY: `sysconf` takes any number and has no other condition (sysconf(3)).
            let size = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
            usize::try_from(size).ok().filter(|size| size.is_power_of_two()).unwrap_or(4096)
        })
    }
}
