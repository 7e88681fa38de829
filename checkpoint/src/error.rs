//! What is wrong with a file.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

use weighbridge_lock::shown;

/// One thing that is wrong with a file, as exactly as it can be said.
///
/// Its text is one level: what is wrong, the tensor and the byte it was seen at, and what to do. What the system said, if
/// it was asked, is the [`source`](Error::source).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Problem {
    /// The kind of the problem, for programs.
    pub kind: ProblemKind,
    /// The tensor (or archive member, or shard) that it is about.
    pub tensor: Option<String>,
    /// The byte of the file, from its start, at which it was seen.
    pub offset: Option<u64>,
    /// What is wrong and what to do about it: lower case, no final period.
    pub message: String,
    pub(crate) source: Option<Arc<io::Error>>,
}

/// The kinds of [`Problem`]. `Display` gives the name, as it is written here.
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
    /// A problem of the file as a whole.
    pub fn new(kind: ProblemKind, message: impl Into<String>) -> Problem {
        Problem { kind, tensor: None, offset: None, message: message.into(), source: None }
    }

    /// The same problem, of this tensor.
    #[must_use]
    pub fn tensor(mut self, name: impl Into<String>) -> Problem {
        self.tensor = Some(name.into());
        self
    }

    pub(crate) fn at(mut self, offset: u64) -> Problem {
        self.offset = Some(offset);
        self
    }

    pub(crate) fn io(error: io::Error) -> Problem {
        match error.kind() {
            // that is no failure of the system, and who noticed it says what it means
            io::ErrorKind::UnexpectedEof => Problem::new(ProblemKind::Truncated, error.to_string()),
            _ => Problem { source: Some(Arc::new(error)), ..Problem::new(ProblemKind::Io, "it could not be read") },
        }
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

impl Error for Problem {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|error| error as &(dyn Error + 'static))
    }
}

impl PartialEq for Problem {
    /// The same in every field; of what the system says, the text.
    fn eq(&self, other: &Problem) -> bool {
        let text = |problem: &Problem| problem.source.as_ref().map(|error| error.to_string());
        (self.kind, &self.tensor, self.offset, &self.message)
            == (other.kind, &other.tensor, other.offset, &other.message)
            && text(self) == text(other)
    }
}

impl Eq for Problem {}

impl fmt::Display for ProblemKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// Everything that is wrong with one file.
pub(crate) type Problems = Vec<Problem>;

/// Why a checkpoint could not be opened or read. `Debug` writes the text too, with its sources: it is what `unwrap` and a
/// `main` that returns the error show.
pub enum CheckpointError {
    /// The file is damaged, dishonest, or in another format.
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
    /// Reading was cancelled by its progress callback.
    Cancelled,
}

impl fmt::Debug for CheckpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")?;
        let mut sources = std::iter::successors(Error::source(self), |error| (**error).source());
        sources.try_for_each(|source| write!(f, ": {source}"))
    }
}

impl CheckpointError {
    pub(crate) fn container(file: String, problems: Problems) -> CheckpointError {
        CheckpointError::Container { file, problems }
    }

    pub(crate) fn io(file: &Path, source: io::Error) -> CheckpointError {
        CheckpointError::Io { file: file.display().to_string(), source }
    }
}

impl fmt::Display for CheckpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CheckpointError::Container { file, problems } => match problems.as_slice() {
                [problem] => write!(f, "{file}: {problem}"),
                several => {
                    write!(f, "{file}: {} problems", several.len())?;
                    for problem in several {
                        write!(f, "\n  {problem}")?;
                        // a list has no one source
                        if let Some(source) = problem.source() {
                            write!(f, ": {source}")?;
                        }
                    }
                    Ok(())
                }
            },
            CheckpointError::Io { file, .. } => write!(f, "{file} could not be read"),
            CheckpointError::Cancelled => f.write_str("reading was cancelled"),
        }
    }
}

impl Error for CheckpointError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            // its text is this error's, and what it comes from is below
            CheckpointError::Container { problems, .. } => match problems.as_slice() {
                [problem] => problem.source(),
                _ => None,
            },
            CheckpointError::Io { source, .. } => Some(source),
            CheckpointError::Cancelled => None,
        }
    }
}
