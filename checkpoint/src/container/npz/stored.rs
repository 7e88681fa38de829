//! What is known about a member once the archive is open.

/// Where a member's elements are and how they are stored.
pub(super) struct StoredArray {
    /// Where the member's bytes start in the file.
    pub(super) data: u64,
    /// How many bytes it takes in the file.
    pub(super) packed: u64,
    pub(super) deflated: bool,
    /// The CRC-32 that the archive lists for header and elements together.
    pub(super) crc: u32,
    /// The length of the `.npy` header.
    pub(super) header: usize,
    /// The CRC-32 of the `.npy` header.
    pub(super) header_sum: u32,
    /// Column-major, and not just in name: at least two dims differ from 1.
    pub(super) fortran: bool,
    /// The width of the numbers whose bytes must be swapped; 1 if none do.
    pub(super) swap: usize,
}

impl StoredArray {
    /// Where the elements start in the file, if they are not compressed.
    pub(super) fn elements(&self) -> u64 {
        self.data.saturating_add(u64::try_from(self.header).unwrap_or(u64::MAX))
    }

    /// Whether the file has the elements exactly as memory needs them.
    pub(super) fn as_in_memory(&self) -> bool {
        !self.deflated && !self.fortran && self.swap == 1
    }
}
