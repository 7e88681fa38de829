//! Why two checkpoints were not compared.

use std::fmt;

use weighbridge_checkpoint::CheckpointError;

use crate::shown::shown;

/// Why two checkpoints were not compared.
#[derive(Debug)]
#[non_exhaustive]
pub enum DiffError {
    /// One of them could not be read.
    Read(CheckpointError),
    /// One of them has a name twice.
    Duplicate {
        /// The label of that checkpoint.
        label: String,
        /// The name.
        name: String,
    },
    /// Values were to be compared, and one of the two is a lock.
    NoValues {
        /// The label of the lock.
        label: String,
    },
    /// The comparison was cancelled by its progress callback.
    Cancelled,
}

impl fmt::Display for DiffError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DiffError::Read(error) => error.fmt(f),
            DiffError::Duplicate { label, name } => {
                write!(f, "{} has `{}` twice; keep one of them", shown(label), shown(name))
            }
            DiffError::NoValues { label } => write!(
                f,
                "{} is a lock and has no values; compare the file that it was made of, or leave the values out",
                shown(label)
            ),
            DiffError::Cancelled => f.write_str("the comparison was cancelled"),
        }
    }
}

impl std::error::Error for DiffError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            // `Display` above shows this error, so the source is its source
            DiffError::Read(error) => error.source(),
            _ => None,
        }
    }
}

impl From<CheckpointError> for DiffError {
    fn from(error: CheckpointError) -> DiffError {
        match error {
            CheckpointError::Cancelled => DiffError::Cancelled,
            error => DiffError::Read(error),
        }
    }
}
