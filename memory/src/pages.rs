//! Memory of whole pages.

use std::fmt;
use std::io;

use memmap2::MmapMut;

/// Zeroed memory that begins with a page and shares none with others. The system gives it out when it is touched, in huge
/// pages where it can: nothing that an allocator keeps beside its blocks stands in their way, and the pages of one of these
/// go on into the next.
pub struct Pages(MmapMut);

impl Pages {
    /// So many bytes.
    ///
    /// # Errors
    /// What the system says, where there is not as much.
    pub fn zeroed(bytes: usize) -> io::Result<Pages> {
        let map = MmapMut::map_anon(bytes)?;
        #[cfg(target_os = "linux")]
        if bytes > 0 {
            // a wish: a kernel without huge pages gives others
            let _ = map.advise(memmap2::Advice::HugePage);
        }
        Ok(Pages(map))
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes, to be written.
    pub fn as_bytes_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

impl fmt::Debug for Pages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes in pages", self.0.len())
    }
}
