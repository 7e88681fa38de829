//! Larger pages for large memory.

/// Asks the system to back these bytes with huge pages. Reading into fresh memory spends half of its time on faults for
/// pages of 4 KiB; with pages of 2 MiB that is next to nothing.
///
/// It is a hint: a system that has no such pages, or none to spare, ignores it. The contents do not change, and memory
/// that was touched before keeps its pages.
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
        // Whole pages, from the first byte's to the last byte's: otherwise the allocator's data between two tensors would
        // keep its small pages, and no huge page could span both tensors.
        let before = bytes.as_ptr().addr() % page;
        let length = (before + bytes.len()).next_multiple_of(page);
        let start = bytes.as_mut_ptr().wrapping_byte_sub(before);
        // SAFETY: `MADV_HUGEPAGE` is about how pages are allocated, and changes neither their contents nor their
        // protection (madvise(2)). Each page of the range holds at least one of `bytes`, so it is mapped. `start` is a
        // multiple of the page size, and the kernel checks the range again.
        let status = unsafe { libc::madvise(start.cast(), length, libc::MADV_HUGEPAGE) };
        // a kernel without huge pages returns EINVAL, and then there is nothing to do
        let _ = status;
    }

    /// The size of a page in bytes.
    fn page() -> usize {
        static PAGE: OnceLock<usize> = OnceLock::new();
        *PAGE.get_or_init(|| {
            // SAFETY: `sysconf` accepts any number and has no other requirement (sysconf(3)).
            let size = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
            usize::try_from(size).ok().filter(|size| size.is_power_of_two()).unwrap_or(4096)
        })
    }
}
