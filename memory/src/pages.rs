//! Memory in whole pages.

use std::fmt;
use std::io;

use memmap2::MmapMut;

/// Zeroed memory that starts at a page and shares no page with other memory. The system provides pages when they are
/// touched, huge ones if it can: no allocator's data is between two of these, so that a huge page can span them.
pub struct Pages(MmapMut);

impl Pages {
    /// Memory of this many bytes.
    ///
    /// # Errors
    /// Whatever the system returns, if there is not enough memory.
    pub fn zeroed(bytes: usize) -> io::Result<Pages> {
        let map = MmapMut::map_anon(bytes)?;
        #[cfg(target_os = "linux")]
        if bytes > 0 {
            // a hint, which a kernel without huge pages refuses
            let _ = map.advise(memmap2::Advice::HugePage);
        }
        Ok(Pages(map))
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes, writable.
    pub fn as_bytes_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

impl fmt::Debug for Pages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes in pages", self.0.len())
    }
}
