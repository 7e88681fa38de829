//! Why a file was not converted.

use std::fmt;

use weighbridge_checkpoint::{CheckpointError, DType, Rename, WriteError};

use crate::progress::Cancelled;
use crate::shown::shown;

/// Why a file was not converted. What was at the target is as it was.
#[derive(Debug)]
#[non_exhaustive]
pub enum ConvertError {
    /// The checkpoint could not be read.
    Load(CheckpointError),
    /// The target could not be written.
    Save(WriteError),
    /// The checkpoint is a lock.
    NoWeights {
        /// Which one.
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
    /// A renaming fits no name, so it may be misspelt.
    StaleRename {
        /// Which one.
        renaming: Rename,
    },
    /// The format has no untyped elements, and nobody says what they are.
    Untyped {
        /// The tensor's name.
        name: String,
        /// `V1` or `V2`.
        dtype: DType,
    },
    /// Untyped elements are none of this dtype.
    NotUntyped {
        /// What was asked for.
        dtype: DType,
    },
    /// Untyped elements of one size are said to be two things.
    TwoTypes {
        /// The first.
        one: DType,
        /// The second.
        other: DType,
    },
    /// Tensors cannot be cast to this dtype.
    Cast {
        /// What was asked for.
        dtype: DType,
    },
    /// The target is one of the files that are read.
    OwnShard {
        /// The target.
        path: String,
    },
    /// The conversion was cancelled by its progress callback.
    Cancelled,
}

impl fmt::Display for ConvertError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ConvertError::Load(error) => error.fmt(f),
            ConvertError::Save(error) => error.fmt(f),
            ConvertError::Collision { one, other, .. } if one == other => write!(
                f,
                "the checkpoint has `{}` twice, and readers differ in which one they take; remove one of them",
                shown(one)
            ),
            ConvertError::Collision { name, one, other } => write!(
                f,
                "`{}` and `{}` would both be `{}`; rename one of them to something else",
                shown(one),
                shown(other),
                shown(name)
            ),
            ConvertError::StaleRename { renaming } => write!(
                f,
                "{renaming} fits no name in the checkpoint, as the renamings before it have left them; correct it or leave it out"
            ),
            ConvertError::Untyped { name, dtype } => write!(
                f,
                "`{}` is {dtype}, bytes whose type numpy has no name for, and only an npz file can hold them so; say what \
                 they are (`untyped`), which is {}",
                shown(name),
                match dtype {
                    DType::V2 => "BF16 where MLX or JAX wrote the file",
                    _ => "one of the 8-bit floats, as the one who wrote the file knows",
                }
            ),
            ConvertError::NotUntyped { dtype } => {
                write!(
                    f,
                    "untyped elements cannot be {dtype}; those of two bytes are BF16, those of one an 8-bit float"
                )
            }
            ConvertError::TwoTypes { one, other } => {
                write!(f, "untyped elements of {} bits cannot be {one} and {other} both; say one of them", one.bits())
            }
            ConvertError::Cast { dtype } => {
                write!(f, "tensors are not cast to {dtype}; they are to F16, BF16, F32 and F64")
            }
            ConvertError::OwnShard { path } => {
                write!(
                    f,
                    "{path} is one of the shards that are read, and the others would be left without it; give another target"
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
            // their own text is this error's
            ConvertError::Load(error) => error.source(),
            ConvertError::Save(error) => error.source(),
            _ => None,
        }
    }
}

impl From<CheckpointError> for ConvertError {
    fn from(error: CheckpointError) -> ConvertError {
        ConvertError::Load(error)
    }
}

impl From<WriteError> for ConvertError {
    fn from(error: WriteError) -> ConvertError {
        ConvertError::Save(error)
    }
}

impl From<Cancelled> for ConvertError {
    fn from(Cancelled: Cancelled) -> ConvertError {
        ConvertError::Cancelled
    }
}
