//! A part of the file, read ahead so that many small headers need few reads.

use std::io;
use std::sync::Arc;

use crate::reader::ReadAt;

/// The last part of a file that was read.
#[derive(Clone)]
pub(crate) struct Window {
    reader: Arc<dyn ReadAt>,
    bytes: Vec<u8>,
    start: u64,
}

impl Window {
    pub(crate) fn new(reader: Arc<dyn ReadAt>) -> Window {
        Window { reader, bytes: Vec::new(), start: 0 }
    }

    /// The length of the file.
    pub(crate) fn len(&self) -> u64 {
        self.reader.len()
    }

    /// The file's bytes from `at` on: at least `len` of them, unless the file ends before. If they are not buffered,
    /// reads `ahead` bytes at once.
    pub(crate) fn bytes(&mut self, at: u64, len: usize, ahead: usize) -> io::Result<&[u8]> {
        let rest = usize::try_from(self.len().saturating_sub(at)).unwrap_or(usize::MAX);
        if self.known(at).len() < len.min(rest) {
            self.bytes.resize(len.max(ahead).min(rest), 0);
            self.start = at;
            if let Err(error) = self.reader.read_exact_at(at, &mut self.bytes) {
                self.bytes.clear();
                return Err(error);
            }
        }
        Ok(self.known(at))
    }

    fn known(&self, at: u64) -> &[u8] {
        let skip = at.checked_sub(self.start).and_then(|skip| usize::try_from(skip).ok());
        skip.and_then(|skip| self.bytes.get(skip..)).unwrap_or_default()
    }
}
