//! Checksums of entries that are read in parts.

use std::sync::{Mutex, PoisonError};

use crate::container::{Checksum, Sum};
use crate::error::Problem;

/// The checksum of an entry whose parts are read in any order, by several threads.
pub(super) struct ChecksumOfParts {
    checksum: Checksum,
    /// The result for each part; `None` until it is read.
    parts: Mutex<Vec<Option<PartRead>>>,
}

struct PartRead {
    sum: Sum,
    values: Result<(), Problem>,
}

impl ChecksumOfParts {
    /// A checksum over this many parts.
    pub(super) fn new(checksum: Checksum, parts: usize) -> ChecksumOfParts {
        ChecksumOfParts { checksum, parts: Mutex::new((0..parts).map(|_| None).collect()) }
    }

    /// The sum of a part that is not read yet.
    pub(super) fn begin(&self) -> Sum {
        self.checksum.begin()
    }

    /// Records the sum of a part and the result of checking its values. The last part to arrive gets the verdict on all
    /// of them: a wrong checksum, else the first wrong value. Completion order varies; the reported error must not.
    pub(super) fn add(&self, number: usize, sum: Sum, values: Result<(), Problem>) -> Result<(), Problem> {
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        parts[number] = Some(PartRead { sum, values });
        if parts.iter().any(Option::is_none) {
            return Ok(());
        }
        self.checksum.compare(parts.iter().flatten().map(|part| &part.sum))?;
        parts.drain(..).flatten().try_for_each(|part| part.values)
    }
}
