//! Why nothing was written.

use std::fmt;
use std::io;
use std::path::Path;

use crate::cast::is_dequantised;
use crate::dtype::DType;
use crate::shape::Shape;
use weighbridge_lock::{counted, shown};

/// Why a file was not written. An existing file is unchanged.
#[derive(Debug)]
#[non_exhaustive]
pub enum WriteError {
    /// The name does not end in `.safetensors` or `.npz`.
    Extension {
        /// The path that was asked for.
        path: String,
    },
    /// The format cannot hold a tensor's name.
    Name {
        /// The tensor's name.
        name: String,
        /// Why not.
        reason: &'static str,
    },
    /// The format cannot hold a tensor's dtype.
    DType {
        /// The tensor's name.
        name: String,
        /// Its dtype.
        dtype: DType,
        /// The format.
        format: &'static str,
    },
    /// The format needs a feature that this build lacks.
    Feature {
        /// The feature.
        feature: &'static str,
    },
    /// The format has no place for metadata.
    Metadata,
    /// The elements given for a tensor do not match its dtype and shape in length.
    Elements {
        /// The tensor's name.
        name: String,
        /// The size of its elements in bytes.
        expected: usize,
        /// The number of bytes given, up to and including the first excess piece.
        found: usize,
    },
    /// Shards can only be written as safetensors.
    Shards {
        /// The path that was asked for.
        path: String,
    },
    /// Shards were to be written where a checkpoint of this name exists.
    Occupied {
        /// The existing file.
        path: String,
    },
    /// The dtype and the shape have no size in bytes: it exceeds memory, or the last byte is incomplete.
    Size {
        /// The tensor's name.
        name: String,
        /// Its dtype.
        dtype: DType,
        /// Its shape.
        shape: Shape,
    },
    /// The file could not be written.
    Io {
        /// The path that was asked for.
        path: String,
        /// The error of the system.
        source: io::Error,
    },
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WriteError::Extension { path } => {
                write!(
                    f,
                    "{} does not say in which format it is to be written; end it in `.safetensors` or `.npz`",
                    shown(path)
                )
            }
            WriteError::Name { name, reason } => write!(f, "`{}` cannot be saved: {reason}; give it another name", shown(name)),
            WriteError::DType { name, dtype, .. } if dtype.is_quantised() => {
                let remedy = match is_dequantised(*dtype) {
                    true => "load it into a field of floats with `Loader::new().cast(Cast::Any)`, and save that",
                    false => "its blocks are kept as they are, so leave it out",
                };
                write!(f, "`{}` is {dtype}, which only a GGUF file can hold, and none is written here; {remedy}", shown(name))
            }
            WriteError::DType { name, dtype, format } => {
                let other = if *format == "npz" { ".safetensors" } else { ".npz" };
                let article = if *format == "npz" { "an" } else { "a" };
                write!(f, "`{}` is {dtype}, which {article} {format} file cannot hold; save to `{other}`", shown(name))
            }
            WriteError::Feature { feature } => write!(
                f,
                "this build of `weighbridge` does not write {feature} files; turn on its feature `{feature}`, or save to `.safetensors`"
            ),
            WriteError::Metadata => f.write_str(
                "an npz file has no place for metadata; save to `.safetensors`, or leave it out (`loaded.module.save_weights(..)`)",
            ),
            WriteError::Elements { name, expected, found } => {
                write!(f, "`{}` takes {}, and it was given {found}", shown(name), counted(*expected, "byte"))
            }
            WriteError::Shards { path } => write!(
                f,
                "{} is an npz file, which has no shards; name a directory or end it in `.safetensors`, or leave out the size of a shard",
                shown(path)
            ),
            WriteError::Occupied { path } => write!(
                f,
                "{} is there already, and shards of two checkpoints must not mix; give another directory, or remove that checkpoint first",
                shown(path)
            ),
            WriteError::Size { name, dtype, shape } => {
                write!(f, "`{}` is {dtype} {shape}, which has no size in bytes; give it another shape", shown(name))
            }
            WriteError::Io { path, .. } => write!(f, "{} could not be written", shown(path)),
        }
    }
}

impl std::error::Error for WriteError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            WriteError::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl WriteError {
    pub(super) fn io(path: &Path, source: io::Error) -> WriteError {
        WriteError::Io { path: path.display().to_string(), source }
    }
}
