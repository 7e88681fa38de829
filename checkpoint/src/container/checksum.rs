//! The checksum of an entry that is read in parts: the reader of each part computes its sum.
//!
//! Only members of an archive have a checksum. Without the features that read one these types have no values, and code that handles
//! them is compiled away.

pub(crate) use self::of_archive::{Checksum, Sum};
#[cfg(any(feature = "npz", feature = "torch"))]
use crate::error::{Problem, ProblemKind};

#[cfg(any(feature = "npz", feature = "torch"))]
mod of_archive {
    use crc32fast::Hasher;

    use crate::error::Problem;

    /// The checksum that the sum of all elements must match.
    pub(crate) struct Checksum {
        /// The CRC-32 of the bytes in front of the elements.
        before: Hasher,
        /// The CRC-32 that the archive lists.
        expected: u32,
    }

    /// The sum of some of the elements.
    pub(crate) struct Sum(Hasher);

    impl Checksum {
        /// Expects a CRC-32 for `length` bytes: those whose CRC-32 is `before`, then the elements.
        pub(crate) fn new(before: u32, length: u64, expected: u32) -> Checksum {
            Checksum { before: Hasher::new_with_initial_len(before, length), expected }
        }

        /// A sum of no bytes yet.
        pub(crate) fn begin(&self) -> Sum {
            Sum(Hasher::new())
        }

        /// Compares it with the sums of all parts of the elements, given in order.
        pub(crate) fn compare<'p>(&self, parts: impl IntoIterator<Item = &'p Sum>) -> Result<(), Problem> {
            let mut sum = self.before.clone();
            parts.into_iter().for_each(|part| sum.combine(&part.0));
            let found = sum.finalize();
            if found == self.expected {
                return Ok(());
            }
            Err(super::damaged(found, self.expected))
        }
    }

    impl Sum {
        pub(crate) fn update(&mut self, bytes: &[u8]) {
            self.0.update(bytes);
        }
    }
}

#[cfg(not(any(feature = "npz", feature = "torch")))]
mod of_archive {
    use std::convert::Infallible;

    use crate::error::Problem;

    pub(crate) struct Checksum(Infallible);

    pub(crate) struct Sum(Infallible);

    impl Checksum {
        pub(crate) fn begin(&self) -> Sum {
            match self.0 {}
        }

        pub(crate) fn compare<'p>(&self, _parts: impl IntoIterator<Item = &'p Sum>) -> Result<(), Problem> {
            match self.0 {}
        }
    }

    impl Sum {
        pub(crate) fn update(&mut self, _bytes: &[u8]) {
            match self.0 {}
        }
    }
}

/// The message for elements whose CRC-32 does not match.
#[cfg(any(feature = "npz", feature = "torch"))]
pub(crate) fn differ(found: u32, expected: u32) -> String {
    format!("their CRC-32 is {found:08x}, and the file says {expected:08x}")
}

/// The problem with a member whose CRC-32 does not match.
#[cfg(any(feature = "npz", feature = "torch"))]
pub(crate) fn damaged(found: u32, expected: u32) -> Problem {
    let differ = differ(found, expected);
    Problem::new(ProblemKind::Corrupt, format!("the member's bytes are damaged: {differ}; fetch the file again"))
}
