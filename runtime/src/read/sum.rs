//! Checksums of what is read in parts.

use std::sync::{Mutex, PoisonError};

use crc32fast::Hasher;

use crate::container::Checksum;
use crate::error::Problem;

/// A checksum over parts that are read in any order.
pub(super) struct Sum {
    checksum: Checksum,
    /// Of each part that was read.
    parts: Mutex<Vec<Option<Summed>>>,
}

/// The sum of a part, and what is wrong with its values.
struct Summed {
    sum: Hasher,
    values: Result<(), Problem>,
}

impl Sum {
    /// A checksum over so many parts.
    pub(super) fn new(checksum: Checksum, parts: usize) -> Sum {
        Sum { checksum, parts: Mutex::new((0..parts).map(|_| None).collect()) }
    }

    /// Takes the sum of a part, and what its values are found to be. With the last part all of it is compared, and then the
    /// first wrong value told: which part is the last hangs on the threads, and what is wrong must not.
    pub(super) fn add(&self, number: usize, sum: Hasher, values: Result<(), Problem>) -> Result<(), Problem> {
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        parts[number] = Some(Summed { sum, values });
        if parts.iter().any(Option::is_none) {
            return Ok(());
        }
        self.checksum.compare(parts.iter().flatten().map(|part| &part.sum))?;
        parts.drain(..).flatten().try_for_each(|part| part.values)
    }
}
