//! Why a module was not saved.

use std::fmt;

use weighbridge_checkpoint::WriteError;

use crate::error::ParameterError;
use crate::path::shown;

/// Why a file was not written. An existing file is unchanged.
#[derive(Debug)]
#[non_exhaustive]
pub enum SaveError {
    /// The format cannot hold the module, or the file could not be written.
    Write(WriteError),
    /// A parameter is tied to another, and their values differ.
    Tied {
        /// The parameter's path.
        path: String,
        /// The path that it is tied to.
        target: String,
    },
    /// A parameter's bytes could not be fetched.
    Parameter {
        /// The parameter's path.
        path: String,
        /// Why.
        source: ParameterError,
    },
}

impl From<WriteError> for SaveError {
    fn from(error: WriteError) -> SaveError {
        SaveError::Write(error)
    }
}

impl fmt::Display for SaveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SaveError::Write(error) => fmt::Display::fmt(error, f),
            SaveError::Tied { path, target } => write!(
                f,
                "`{}` is tied to `{}`, and their values differ; make them equal, or remove `tied`",
                shown(path),
                shown(target)
            ),
            SaveError::Parameter { path, .. } => write!(f, "the values of `{}` could not be fetched", shown(path)),
        }
    }
}

impl std::error::Error for SaveError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            SaveError::Write(error) => error.source(),
            SaveError::Tied { .. } => None,
            SaveError::Parameter { source, .. } => Some(source),
        }
    }
}
