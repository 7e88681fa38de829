//! Checksums of what is read in parts.

use std::sync::{Mutex, PoisonError};

use crc32fast::Hasher;

use crate::container::Checksum;
use crate::error::Problem;

/// A checksum over parts that are read in any order.
pub(super) struct Sum {
    checksum: Checksum,
    /// The sums of the parts that were read.
    parts: Mutex<Vec<Option<Hasher>>>,
}

impl Sum {
    /// A checksum over so many parts.
    pub(super) fn new(checksum: Checksum, parts: usize) -> Sum {
        Sum { checksum, parts: Mutex::new(vec![None; parts]) }
    }

    /// Takes the sum of a part. With the last one, all of it is compared.
    pub(super) fn add(&self, number: usize, part: Hasher) -> Result<(), Problem> {
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        parts[number] = Some(part);
        if parts.iter().any(Option::is_none) {
            return Ok(());
        }
        self.checksum.compare(parts.iter().flatten())
    }
}
