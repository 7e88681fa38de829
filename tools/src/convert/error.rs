//! Why a file was not converted.

use std::fmt;

use weighbridge_checkpoint::cast::{is_dequantised, why_not_to};
use weighbridge_checkpoint::{CheckpointError, DType, WriteError};

use crate::dtype::FLOATS;
use crate::selection::SelectionError;
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
    /// The checkpoint has not what the selection asks for.
    Selection(SelectionError),
    /// The checkpoint has two tensors of one name.
    Duplicate {
        /// The name.
        name: String,
    },
    /// A pattern says what is not cast, and no cast was asked for.
    NoCast {
        /// The pattern.
        pattern: String,
    },
    /// The format has no untyped dtypes, and the options do not say what the elements are.
    Untyped {
        /// The tensor's name.
        name: String,
        /// `V1` or `V2`.
        dtype: DType,
    },
    /// The format has no quantised dtypes of GGUF, and no cast was asked for that leads to floats.
    Quantised {
        /// The tensor's name.
        name: String,
        /// Its dtype.
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
    /// Metadata was asked for, and the format has no place for it.
    NoMetadata {
        /// The first key.
        key: String,
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
            ConvertError::Selection(error) => error.fmt(f),
            ConvertError::Duplicate { name } => {
                write!(f, "the checkpoint has `{}` twice, and a file holds a name once; keep one of them", shown(name))
            }
            ConvertError::NoCast { pattern } => write!(
                f,
                "`{}` of `--cast-except` has no cast to be left out of; give `--cast` too, or leave it out",
                shown(pattern)
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
            ConvertError::Quantised { name, dtype } => {
                let remedy = match is_dequantised(*dtype) {
                    true => "dequantise it with `--cast F32`, `--cast F16` or `--cast BF16` (`Options::cast` in code)",
                    false => {
                        "no cast dequantises it, so leave it out with `--ignore`, or get the model in another type"
                    }
                };
                write!(
                    f,
                    "`{}` is {dtype}, which only a GGUF file can hold, and none is written here; {remedy}",
                    shown(name)
                )
            }
            ConvertError::NotUntyped { dtype } => {
                write!(f, "untyped elements cannot be {dtype}; V2 can be BF16, and V1 one of the 8-bit floats")
            }
            ConvertError::TwoTypes { one, other } => {
                write!(
                    f,
                    "untyped elements of {} bits cannot be both {one} and {other}; say one of them",
                    one.block().bytes * 8
                )
            }
            ConvertError::Cast { dtype } => {
                let why = why_not_to(*dtype).unwrap_or("it is no float");
                let floats: Vec<&str> = FLOATS.iter().map(|float| float.name()).collect();
                write!(f, "tensors cannot be cast to {dtype}, as {why}; give one of {}", floats.join(", "))
            }
            ConvertError::NoMetadata { key } => write!(
                f,
                "an npz file has no place for metadata such as `{}`; write a `.safetensors` file, or leave out `--metadata`",
                shown(key)
            ),
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

impl From<SelectionError> for ConvertError {
    fn from(error: SelectionError) -> ConvertError {
        ConvertError::Selection(error)
    }
}

impl From<WriteError> for ConvertError {
    fn from(error: WriteError) -> ConvertError {
        ConvertError::Write(error)
    }
}
