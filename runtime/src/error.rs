//! Why a load was refused.

use std::fmt;
use std::io;
use std::path::Path;

use crate::path::shown;
use crate::report::Report;

/// One thing that is wrong with a file, as exactly as it can be said.
///
/// Its text is one level: what is wrong, the tensor and the byte it was seen at, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// The class of the problem, for programs.
    pub kind: ProblemKind,
    /// The tensor (or archive member, or shard) that it is about.
    pub tensor: Option<String>,
    /// The byte of the file, from its start, at which it was seen.
    pub offset: Option<u64>,
    /// What is wrong and what to do about it: lower case, no final period.
    pub message: String,
}

/// The classes of [`Problem`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProblemKind {
    /// The file is not in the format that its name or the caller says, or in an unknown one.
    Format,
    /// The file ends before what it promises.
    Truncated,
    /// Bytes that belong to no tensor: after the last one, between two, in front of an archive.
    Unaccounted,
    /// Two tensors, or two archive members, claim the same bytes.
    Overlap,
    /// The header breaks the format's rules: JSON, numpy's dictionary, an archive's directory.
    Header,
    /// The dtype is unknown, or cannot be held (a pickled object).
    DType,
    /// The shape is negative, overflows, or does not agree with the bytes.
    Shape,
    /// The same name twice.
    Duplicate,
    /// A name that cannot stand in a checkpoint.
    Name,
    /// Bytes that do not agree with their checksum, or cannot be inflated.
    Corrupt,
    /// A value that the dtype does not have: a `BOOL` that is neither 0 nor 1.
    Value,
    /// The index and the shards do not agree.
    Index,
    /// A limit of [`Limits`](crate::Limits) was reached.
    Limit,
    /// The file could not be opened or read.
    Io,
}

impl Problem {
    pub(crate) fn new(kind: ProblemKind, message: impl Into<String>) -> Problem {
        Problem { kind, tensor: None, offset: None, message: message.into() }
    }

    pub(crate) fn tensor(mut self, name: impl Into<String>) -> Problem {
        self.tensor = Some(name.into());
        self
    }

    pub(crate) fn at(mut self, offset: u64) -> Problem {
        self.offset = Some(offset);
        self
    }

    pub(crate) fn io(error: &io::Error) -> Problem {
        let kind = match error.kind() {
            io::ErrorKind::UnexpectedEof => ProblemKind::Truncated,
            _ => ProblemKind::Io,
        };
        Problem::new(kind, error.to_string())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(tensor) = &self.tensor {
            write!(f, "`{}`: ", shown(tensor))?;
        }
        f.write_str(&self.message)?;
        if let Some(offset) = self.offset {
            write!(f, " (byte {offset})")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problem {}

/// Everything that is wrong with one file.
pub(crate) type Problems = Vec<Problem>;

/// Why a load was refused. Nothing was changed. `Debug` writes the text too, with its sources: it is what `unwrap` and a
/// `main` that returns the error show.
#[non_exhaustive]
pub enum LoadError {
    /// The checkpoint does not match the module: the report says all that is wrong.
    Mismatch(Box<Report>),
    /// The file is damaged, dishonest, or in another format; it was not compared with the module.
    Container {
        /// The file, or what was given instead of one.
        file: String,
        /// Everything that was found; never empty.
        problems: Vec<Problem>,
    },
    /// The file could not be opened or read.
    Io {
        /// The file.
        file: String,
        /// What the system says.
        source: io::Error,
    },
    /// The parameter's own type refused the tensor, or cannot be updated.
    Parameter {
        /// The parameter's path.
        path: String,
        /// Why.
        source: ParameterError,
    },
    /// The load was cancelled by its progress callback.
    Cancelled,
}

impl fmt::Debug for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")?;
        let mut sources = std::iter::successors(std::error::Error::source(self), |error| error.source());
        sources.try_for_each(|source| write!(f, ": {source}"))
    }
}

/// Why a parameter's type refused a tensor of a shape and dtype that it said it holds: a device out of memory, a value
/// that is none of the type's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterError {
    message: String,
}

impl ParameterError {
    /// A reason: lower case, no final period.
    pub fn new(message: impl Into<String>) -> Self {
        ParameterError { message: message.into() }
    }
}

impl fmt::Display for ParameterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ParameterError {}

impl LoadError {
    pub(crate) fn container(file: String, problems: Problems) -> LoadError {
        LoadError::Container { file, problems }
    }

    pub(crate) fn io(file: &Path, source: io::Error) -> LoadError {
        LoadError::Io { file: file.display().to_string(), source }
    }

    /// The report, where the checkpoint could be read and does not match.
    pub fn report(&self) -> Option<&Report> {
        match self {
            LoadError::Mismatch(report) => Some(report),
            _ => None,
        }
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LoadError::Mismatch(report) => fmt::Display::fmt(report, f),
            LoadError::Container { file, problems } => match problems.as_slice() {
                [problem] => write!(f, "{file}: {problem}"),
                several => {
                    write!(f, "{file}: {} problems", several.len())?;
                    several.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
                }
            },
            LoadError::Io { file, .. } => write!(f, "{file} could not be read"),
            LoadError::Parameter { path, .. } => write!(f, "`{path}` could not be constructed from its tensor"),
            LoadError::Cancelled => f.write_str("the load was cancelled; no module was changed"),
        }
    }
}

impl std::error::Error for LoadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            LoadError::Io { source, .. } => Some(source),
            LoadError::Parameter { source, .. } => Some(source),
            _ => None,
        }
    }
}
