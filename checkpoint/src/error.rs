//! What is wrong with a file.

use std::borrow::Cow;
use std::collections::HashMap;
use std::error::Error;
use std::fmt::{self, Write};
use std::io;
use std::path::Path;
use std::sync::Arc;

use weighbridge_lock::{Visible, counted, folded_names, line, shown, why_absent};

/// One thing that is wrong with a file, as precisely as possible.
///
/// The text says what is wrong, names the tensor and the byte at which it was found, and says what to do. An error of
/// the system is not part of it but its [`source`](Error::source).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Problem {
    /// The kind of the problem, for programs.
    pub kind: ProblemKind,
    /// The tensor, archive member or shard that it is about.
    pub tensor: Option<String>,
    /// The byte of the file, counted from its start, at which it was found.
    pub offset: Option<u64>,
    /// What is wrong and what to do about it: lower case, no final period.
    pub message: String,
    pub(crate) source: Option<Arc<io::Error>>,
    /// How many problems it stands for: one, unless it is the last of a list that was cut.
    pub(crate) count: usize,
}

/// The kinds of [`Problem`]. `Display` gives the name, as it is written here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProblemKind {
    /// The file is not in the format that its name or the caller says, or in an unknown format.
    Format,
    /// The file ends too early.
    Truncated,
    /// Bytes that belong to no tensor: after the last one, between two, or in front of an archive.
    Unaccounted,
    /// Two tensors, or two archive members, claim the same bytes.
    Overlap,
    /// The header breaks the format's rules: JSON, numpy's dictionary, an archive's directory.
    Header,
    /// The dtype is unknown or unsupported (a pickled object).
    DType,
    /// The shape is negative, overflows, or does not agree with the bytes.
    Shape,
    /// The same name occurs twice.
    Duplicate,
    /// A name that a checkpoint cannot have.
    Name,
    /// The bytes do not match their checksum, or cannot be inflated.
    Corrupt,
    /// A value that the dtype does not allow: a `BOOL` that is neither 0 nor 1.
    Value,
    /// The index and the shards do not agree.
    Index,
    /// A limit of [`Limits`](crate::Limits) was reached.
    Limit,
    /// The file could not be opened or read.
    Io,
    /// The file changed after it was opened.
    Changed,
    /// What was asked of the checkpoint does not fit it: a mistake of the program and not of the file.
    Request,
}

impl Problem {
    /// A problem with the file as a whole.
    pub fn new(kind: ProblemKind, message: impl Into<String>) -> Problem {
        Problem { kind, tensor: None, offset: None, message: message.into(), source: None, count: 1 }
    }

    /// The same problem, attributed to this tensor.
    #[must_use]
    pub fn tensor(mut self, name: impl Into<String>) -> Problem {
        self.tensor = Some(name.into());
        self
    }

    /// Problems that are not listed, the first of which is of this kind.
    pub(crate) fn more(count: usize, kind: ProblemKind) -> Problem {
        Problem { count, ..Problem::new(kind, format!("and {} that are not listed", counted(count, "more problem"))) }
    }

    /// A limit that was met: what there is, and the field of [`Limits`](crate::Limits) with its value.
    pub(crate) fn limit(found: impl fmt::Display, field: &str, limit: impl fmt::Display) -> Problem {
        let message = format!("{found}, and the limit is {limit}; raise `Limits::{field}` if the file is trusted");
        Problem::new(ProblemKind::Limit, message)
    }

    pub(crate) fn at(mut self, offset: u64) -> Problem {
        self.offset = Some(offset);
        self
    }

    pub(crate) fn io(error: io::Error) -> Problem {
        match error.kind() {
            // not a failure of the system: the text says what it means
            io::ErrorKind::UnexpectedEof => Problem::new(ProblemKind::Truncated, error.to_string()),
            io::ErrorKind::StaleNetworkFileHandle if error.raw_os_error().is_none() => {
                Problem::new(ProblemKind::Changed, error.to_string())
            }
            _ => Problem { source: Some(Arc::new(error)), ..Problem::new(ProblemKind::Io, "it could not be read") },
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(tensor) = &self.tensor {
            write!(f, "`{}`: ", shown(tensor))?;
        }
        f.write_str(&line(&self.message))?;
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
    /// Equal in every field; system errors are compared by their text.
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

/// Why a checkpoint could not be opened or read. `Debug` writes the text too, with its sources: that is what `unwrap`
/// shows, and a `main` that returns the error.
#[non_exhaustive]
pub enum CheckpointError {
    /// The file is damaged, dishonest, in another format, or does not have what was asked of it.
    Container {
        /// The file, or the label of whatever was given instead.
        file: String,
        /// Everything that was found; never empty. Of more than 10,000 problems, or 4 MiB of text, the last one says how
        /// many are not listed.
        problems: Vec<Problem>,
    },
    /// The file could not be opened or read.
    Io {
        /// The file.
        file: String,
        /// The error of the system.
        source: io::Error,
    },
    /// Reading was cancelled by its progress callback.
    Cancelled,
}

impl fmt::Debug for CheckpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")?;
        let mut sources = std::iter::successors(Error::source(self), |error| (**error).source());
        sources.try_for_each(|source| write!(Visible(&mut *f), ": {source}"))
    }
}

impl CheckpointError {
    pub(crate) fn container(file: String, problems: Problems) -> CheckpointError {
        CheckpointError::Container { file, problems }
    }

    /// Whether it has a problem of this kind.
    pub(crate) fn is_of(&self, kind: ProblemKind) -> bool {
        matches!(self, CheckpointError::Container { problems, .. } if problems.iter().any(|one| one.kind == kind))
    }

    pub(crate) fn io(file: &Path, source: io::Error) -> CheckpointError {
        CheckpointError::Io { file: file.display().to_string(), source }
    }

    /// A path that could not be opened: if nothing is there, the source says what to do.
    pub(crate) fn opening(path: &Path, error: io::Error) -> CheckpointError {
        let is_absent = matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory);
        // an error with a text of its own says it already
        let source = match is_absent && error.raw_os_error().is_some() {
            true => io::Error::new(error.kind(), why_absent(path)),
            false => error,
        };
        CheckpointError::io(path, source)
    }
}

/// The most lines of problems in a text.
const MOST_LINES: usize = 20;
/// The most problems that are folded for a text, which takes time.
const MOST_FOLDED: usize = 4000;

/// Writes what is wrong with a file: one problem on its line, several below it. Errors of other crates that carry problems use it too.
///
/// Problems that differ only in the indices of a name, or in the number of a shard, are one line. There are at most 20 lines with at
/// most 4,096 bytes each, and one that says how many problems are left out.
#[doc(hidden)]
pub fn write_problems(f: &mut fmt::Formatter<'_>, file: &str, problems: &[Problem]) -> fmt::Result {
    let file = shown(file);
    if let [problem] = problems {
        return write!(f, "{file}: {}", line(&problem.to_string()));
    }
    let mut left = problems.iter().fold(0usize, |sum, problem| sum.saturating_add(problem.count));
    write!(f, "{file}: {left} problems")?;
    let lines = lines(problems);
    for (text, count) in lines.iter().take(MOST_LINES) {
        write!(f, "\n  {}", line(text))?;
        left = left.saturating_sub(*count);
    }
    match left {
        0 => Ok(()),
        _ => write!(f, "\n  and {}", counted(left, "more problem")),
    }
}

/// The first problems as lines, each with how many it stands for. Problems that are not listed have none.
fn lines(problems: &[Problem]) -> Vec<(String, usize)> {
    /// What problems of one line have in common: the kind, the text, that of the system, and how often the name came before.
    type Key<'p> = (ProblemKind, &'p str, Option<String>, usize);
    let mut groups: Vec<Vec<&Problem>> = Vec::new();
    let mut by_key: HashMap<Key<'_>, usize> = HashMap::new();
    let mut seen: HashMap<(ProblemKind, &str, Option<&str>), usize> = HashMap::new();
    for problem in problems.iter().take(MOST_FOLDED).filter(|problem| problem.count == 1) {
        let times = seen.entry((problem.kind, &problem.message, problem.tensor.as_deref())).or_default();
        let key = (problem.kind, problem.message.as_str(), problem.source().map(ToString::to_string), *times);
        *times += 1;
        let group = *by_key.entry(key).or_insert(groups.len());
        match groups.get_mut(group) {
            Some(group) => group.push(problem),
            None => groups.push(vec![problem]),
        }
    }
    let mut lines = Vec::with_capacity(groups.len());
    for group in groups {
        let one = |problem: &Problem| match problem.source() {
            // a list has no single source
            Some(source) => (format!("{problem}: {source}"), 1),
            None => (problem.to_string(), 1),
        };
        let names = group.iter().filter_map(|problem| problem.tensor.as_deref());
        let folded = if group.len() > 1 { folded_names(names) } else { Vec::new() };
        if folded.len() == group.len() || folded.is_empty() {
            lines.extend(group.into_iter().map(one));
            continue;
        }
        let alone: HashMap<Cow<'_, str>, &Problem> =
            group.iter().filter_map(|problem| Some((shown(problem.tensor.as_deref()?), *problem))).collect();
        lines.extend(folded.into_iter().map(|(name, count)| match alone.get(name.as_str()) {
            Some(problem) if count == 1 => one(problem),
            // the bytes differ
            _ => {
                let any = group.first().map_or_else(String::new, |problem| {
                    one(&Problem { tensor: None, offset: None, ..(*problem).clone() }).0
                });
                (format!("`{name}`: {any}"), count)
            }
        }));
    }
    lines
}

impl fmt::Display for CheckpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CheckpointError::Container { file, problems } => write_problems(f, file, problems),
            CheckpointError::Io { file, .. } => write!(f, "{} could not be read", shown(file)),
            CheckpointError::Cancelled => f.write_str("reading was cancelled"),
        }
    }
}

impl Error for CheckpointError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            // its text is part of this error's text, so continue with its own source
            CheckpointError::Container { problems, .. } => match problems.as_slice() {
                [problem] => problem.source(),
                _ => None,
            },
            CheckpointError::Io { source, .. } => Some(source),
            CheckpointError::Cancelled => None,
        }
    }
}
