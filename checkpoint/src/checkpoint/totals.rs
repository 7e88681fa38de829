//! What the files of one checkpoint claim together.

use weighbridge_lock::counted;

use crate::error::Problem;
use crate::limits::Limits;
use crate::reader::ReadAt;

/// The sums over the files so far. They are compared with the limits before the next file is read, so that a thousand
/// links to one large header cost no more than one.
pub(super) struct Totals<'l> {
    limits: &'l Limits,
    header_bytes: u64,
}

impl<'l> Totals<'l> {
    pub(super) fn new(limits: &'l Limits) -> Totals<'l> {
        Totals { limits, header_bytes: 0 }
    }

    /// Adds the header of a safetensors file before it is read.
    pub(super) fn add_header(&mut self, file: &dyn ReadAt) -> Result<(), Problem> {
        let mut prefix = [0; 8];
        // a file without a length, or with one that it cannot have, is refused for that
        if file.read_exact_at(0, &mut prefix).is_ok() {
            self.header_bytes = self.header_bytes.saturating_add(u64::from_le_bytes(prefix).min(file.len()));
        }
        if self.are_beyond() {
            let found = format!("the headers up to this one have {}", counted(self.header_bytes, "byte"));
            return Err(Problem::limit(found, "header_byte_len", self.limits.header_byte_len));
        }
        Ok(())
    }

    /// Whether a limit is passed, so that no further file is opened.
    pub(super) fn are_beyond(&self) -> bool {
        self.header_bytes > self.limits.header_byte_len
    }
}
