//! Why a file was not converted.

use std::fmt;

use weighbridge_checkpoint::{CheckpointError, DType, Rename, WriteError};

use crate::shown::shown;

/// Why a file was not converted. A file at the target is as it was.
#[derive(Debug)]
#[non_exhaustive]
pub enum ConvertError {
    /// The checkpoint could not be read.
    Read(CheckpointError),
    /// The target could not be written.
    Write(WriteError),
    /// The checkpoint is a lock.
    NoWeights {
        /// The label of the lock.
        label: String,
    },
    /// Two tensors would have one name.
    Collision {
        /// The name that both would have.
        name: String,
        /// The name that one of them has.
        one: String,
        /// The name that the other has.
        other: String,
    },
    /// A renaming fits no name.
    StaleRename {
        /// The renaming.
        renaming: Rename,
    },
    /// The format has no untyped dtypes, and the options do not say what the elements are.
    Untyped {
        /// The tensor's name.
        name: String,
        /// `V1` or `V2`.
        dtype: DType,
    },
    /// Untyped elements cannot be of this dtype.
    NotUntyped {
        /// The dtype that was asked for.
        dtype: DType,
    },
    /// Untyped elements of one size are said to be of two dtypes.
    TwoTypes {
        /// The first.
        one: DType,
        /// The second.
        other: DType,
    },
    /// Tensors cannot be cast to this dtype.
    Cast {
        /// The dtype that was asked for.
        dtype: DType,
    },
    /// The target is a shard of the checkpoint that is read.
    OwnShard {
        /// The path of the target.
        path: String,
    },
    /// The conversion was cancelled by its progress callback.
    Cancelled,
}

impl fmt::Display for ConvertError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ConvertError::Read(error) => error.fmt(f),
            ConvertError::Write(error) => error.fmt(f),
            ConvertError::Collision { one, other, .. } if one == other => {
                write!(f, "the checkpoint has `{}` twice; keep one of them", shown(one))
            }
            ConvertError::Collision { name, one, other } => write!(
                f,
                "`{}` and `{}` would both be `{}`; rename one of them to something else",
                shown(one),
                shown(other),
                shown(name)
            ),
            ConvertError::StaleRename { renaming } => write!(
                f,
                "{renaming} fits no name in the checkpoint; correct it or leave it out (renamings apply in order)"
            ),
            ConvertError::Untyped { name, dtype } => write!(
                f,
                "`{}` is {dtype}, an untyped dtype that only an npz file can hold; say what it is with {} \
                 (`Options::untyped` in code)",
                shown(name),
                match dtype {
                    DType::V2 => "`--untyped BF16` if MLX or JAX wrote the file",
                    _ => "`--untyped F8_E4M3` or another 8-bit float",
                }
            ),
            ConvertError::NotUntyped { dtype } => {
                write!(f, "untyped elements cannot be {dtype}; V2 can be BF16, and V1 one of the 8-bit floats")
            }
            ConvertError::TwoTypes { one, other } => {
                write!(f, "untyped elements of {} bits cannot be both {one} and {other}; say one of them", one.bits())
            }
            ConvertError::Cast { dtype } => {
                write!(f, "tensors cannot be cast to {dtype}; cast them to F16, BF16, F32 or F64")
            }
            ConvertError::OwnShard { path } => {
                write!(
                    f,
                    "{} is a shard of the checkpoint, and the index would no longer fit it; give another target",
                    shown(path)
                )
            }
            ConvertError::NoWeights { label } => {
                write!(f, "{} is a lock and has no weights; convert the file that it was made of", shown(label))
            }
            ConvertError::Cancelled => f.write_str("the conversion was cancelled; nothing was changed"),
        }
    }
}

impl std::error::Error for ConvertError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            // `Display` above shows these errors, so the source is their source
            ConvertError::Read(error) => error.source(),
            ConvertError::Write(error) => error.source(),
            _ => None,
        }
    }
}

impl From<CheckpointError> for ConvertError {
    fn from(error: CheckpointError) -> ConvertError {
        match error {
            CheckpointError::Cancelled => ConvertError::Cancelled,
            error => ConvertError::Read(error),
        }
    }
}

impl From<WriteError> for ConvertError {
    fn from(error: WriteError) -> ConvertError {
        ConvertError::Write(error)
    }
}
