//! Why nothing was written.

use std::fmt;
use std::io;
use std::path::Path;

use crate::dtype::DType;
use crate::error::ParameterError;
use crate::path::shown;

/// Why a file was not written. An existing one is as it was.
#[derive(Debug)]
#[non_exhaustive]
pub enum SaveError {
    /// The name does not end in `.safetensors` or `.npz`.
    Extension {
        /// The path that was asked for.
        path: String,
    },
    /// The format cannot hold a parameter's name.
    Name {
        /// The parameter's path.
        path: String,
        /// Why not.
        reason: &'static str,
    },
    /// The format cannot hold a parameter's dtype.
    DType {
        /// The parameter's path.
        path: String,
        /// Its dtype.
        dtype: DType,
        /// The format.
        format: &'static str,
    },
    /// A parameter is tied to another, and their values differ.
    Tied {
        /// The parameter's path.
        path: String,
        /// The path that it is tied to.
        target: String,
    },
    /// The format is written with a feature that this build leaves out.
    Feature {
        /// The feature.
        feature: &'static str,
    },
    /// The format has no place for metadata.
    Metadata,
    /// What was given for a tensor is not as long as its dtype and shape say.
    Elements {
        /// The tensor's name.
        path: String,
        /// The size of its elements in bytes.
        expected: usize,
        /// How many bytes were given, those of the first piece too many with them.
        found: usize,
    },
    /// Shards can only be written as safetensors.
    Shards {
        /// The path that was asked for.
        path: String,
    },
    /// Shards are to be written where there is a checkpoint of this name already.
    Occupied {
        /// The file that is there.
        path: String,
    },
    /// A parameter's bytes could not be fetched.
    Parameter {
        /// The parameter's path.
        path: String,
        /// Why.
        source: ParameterError,
    },
    /// The file could not be written.
    Io {
        /// The path that was asked for.
        path: String,
        /// What the system says.
        source: io::Error,
    },
}

impl fmt::Display for SaveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SaveError::Extension { path } => {
                write!(f, "{path} does not say in which format it is to be written; end it in `.safetensors` or `.npz`")
            }
            SaveError::Name { path, reason } => write!(f, "`{}` cannot be saved: {reason}; give it another name", shown(path)),
            SaveError::DType { path, dtype, format } => {
                let other = if *format == "npz" { ".safetensors" } else { ".npz" };
                let article = if *format == "npz" { "an" } else { "a" };
                write!(f, "`{}` is {dtype}, which {article} {format} file cannot hold; save to `{other}`", shown(path))
            }
            SaveError::Tied { path, target } => write!(
                f,
                "`{}` is tied to `{}`, and their values differ; make them one, or remove `tied`",
                shown(path),
                shown(target)
            ),
            SaveError::Feature { feature } => write!(
                f,
                "this build of `weighbridge` does not write {feature} files; turn on its feature `{feature}`, or save to `.safetensors`"
            ),
            SaveError::Metadata => f.write_str(
                "an npz file has no place for metadata; save to `.safetensors`, or leave it out (`loaded.module.save_weights(..)`)",
            ),
            SaveError::Elements { path, expected, found } => {
                write!(f, "`{}` takes {expected} bytes, and {found} were given for it", shown(path))
            }
            SaveError::Shards { path } => write!(
                f,
                "{path} is an npz file, which has no shards; name a directory or end it in `.safetensors`, or leave out the size of a shard"
            ),
            SaveError::Occupied { path } => write!(
                f,
                "{path} is there already, and shards of two checkpoints must not mix; give another directory, or remove that checkpoint first"
            ),
            SaveError::Parameter { path, .. } => write!(f, "the values of `{}` could not be fetched", shown(path)),
            SaveError::Io { path, .. } => write!(f, "{path} could not be written"),
        }
    }
}

impl std::error::Error for SaveError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            SaveError::Parameter { source, .. } => Some(source),
            SaveError::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl SaveError {
    pub(super) fn io(path: &Path, source: io::Error) -> SaveError {
        SaveError::Io { path: path.display().to_string(), source }
    }
}
