//! Why a load was refused.

use std::error::Error;
use std::fmt::{self, Write};
use std::io;
use std::sync::Arc;

use weighbridge_checkpoint::{CheckpointError, DType, Problem, ProblemKind, ShapeError, write_problems};

use weighbridge_lock::{Visible, visible_lines};

use crate::path::{distance, literal, shown};
use crate::report::Report;

/// Why a load was refused. No module was changed. `Debug` writes the same text as `Display`, and the sources after it,
/// because `unwrap` and a `main` that returns the error show `Debug`.
#[non_exhaustive]
pub enum LoadError {
    /// The checkpoint does not match the module. The report has everything that is wrong.
    Mismatch(Box<Report>),
    /// The file is damaged, contradicts itself, or has another format. It was not compared with the module.
    Container {
        /// The file, or what was given instead of one.
        file: String,
        /// Everything that is wrong with it; never empty.
        problems: Vec<Problem>,
    },
    /// The file could not be opened or read.
    Io {
        /// The file.
        file: String,
        /// The error of the operating system.
        source: io::Error,
    },
    /// [`Loader::dim`](crate::Loader::dim) names dims that the module does not have. Nothing was read.
    UnknownDim {
        /// The module's type.
        module: String,
        /// The names that it does not have.
        unknown: Vec<String>,
        /// The names of its dims and lengths.
        known: Vec<String>,
    },
    /// [`Loader::rename_regex`](crate::Loader) got a pattern that is no regular expression, or a replacement that names a group
    /// that the pattern does not have. Nothing was read.
    Regex {
        /// The pattern.
        pattern: String,
        /// What is wrong, and what to do.
        message: String,
    },
    /// [`Loader::config`](crate::Loader::config) got something that is no configuration, the loader got two, or one contradicts [`Loader::dim`](crate::Loader::dim). Nothing
    /// was read.
    Config {
        /// What is wrong, and what to do.
        message: String,
    },
    /// [`Loader::dtype`](crate::Loader::dtype) got a dtype that is no float, or that nothing is cast to. Nothing was read.
    NoFloat {
        /// The dtype.
        dtype: DType,
    },
    /// [`Loader::keep`](crate::Loader::keep) says what an update leaves as it is, and this was no update. Nothing was read.
    Keep {
        /// The patterns.
        patterns: Vec<String>,
    },
    /// The parameter's type refused the tensor, or the parameter could not be changed.
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
        let mut sources = std::iter::successors(Error::source(self), |error| (**error).source());
        sources.try_for_each(|source| write!(Visible(&mut *f), ": {source}"))
    }
}

/// Why a parameter's type refused a tensor of a shape and dtype that it can hold. A device may be out of memory, or a value
/// may not be valid for the type.
#[derive(Clone, Debug)]
pub struct ParameterError {
    message: String,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

impl ParameterError {
    /// A reason: lower case, no final period.
    pub fn new(message: impl Into<String>) -> Self {
        ParameterError { message: message.into(), source: None }
    }

    /// A reason, and the error that it comes from, such as a tensor library's.
    pub fn with_source(message: impl Into<String>, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        ParameterError { message: message.into(), source: Some(Arc::from(source.into())) }
    }
}

impl fmt::Display for ParameterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Visible(f).write_str(&self.message)
    }
}

impl Error for ParameterError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|error| error as &(dyn Error + 'static))
    }
}

impl LoadError {
    /// The report, if the checkpoint could be read and does not match.
    pub fn report(&self) -> Option<&Report> {
        match self {
            LoadError::Mismatch(report) => Some(report),
            _ => None,
        }
    }
}

impl From<CheckpointError> for LoadError {
    fn from(error: CheckpointError) -> LoadError {
        match error {
            CheckpointError::Container { file, problems } => LoadError::Container { file, problems },
            CheckpointError::Io { file, source } => LoadError::Io { file, source },
            CheckpointError::Cancelled => LoadError::Cancelled,
            // there is no other today; one that comes keeps its text
            other => {
                let problem = Problem::new(ProblemKind::Io, other.to_string());
                LoadError::Container { file: "the checkpoint".to_owned(), problems: vec![problem] }
            }
        }
    }
}

impl From<ShapeError> for ParameterError {
    fn from(error: ShapeError) -> ParameterError {
        ParameterError::new(error.to_string())
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LoadError::Mismatch(report) => fmt::Display::fmt(report, f),
            LoadError::Container { file, problems } => write_problems(f, file, problems),
            LoadError::Io { file, .. } => write!(f, "{} could not be read", shown(file)),
            LoadError::UnknownDim { module, unknown, known } => {
                for (number, name) in unknown.iter().enumerate() {
                    let line = if number == 0 { "" } else { "\n" };
                    write!(f, "{line}{module} has no dim `{}`; {}", shown(name), remedy(name, known))?;
                }
                Ok(())
            }
            LoadError::Regex { pattern, message } => {
                write!(f, "`rename_regex` cannot use the pattern `{}`: {}", shown(pattern), visible_lines(message))
            }
            LoadError::NoFloat { dtype } => {
                write!(
                    f,
                    "`Loader::dtype` is the float that parameters get, and {dtype} is none that anything is cast to; write one such as F32 or BF16"
                )
            }
            LoadError::Config { message } => f.write_str(&visible_lines(message)),
            LoadError::Keep { patterns } => {
                let patterns: Vec<String> = patterns.iter().map(|pattern| literal(pattern)).collect();
                let patterns = patterns.join(", ");
                write!(
                    f,
                    "`keep([{patterns}])` leaves parameters of a module as they are, and here there is no module yet; use `Loader::update`, or remove it"
                )
            }
            LoadError::Parameter { path, .. } => {
                write!(f, "`{}` could not be set", shown(path))
            }
            LoadError::Cancelled => f.write_str("the load was cancelled; no module was changed"),
        }
    }
}

/// What to do about a name that is not one of these.
fn remedy(name: &str, known: &[String]) -> String {
    let most = (name.len() / 3).clamp(1, 4);
    let near = known.iter().filter_map(|known| Some((distance(name, known, most)?, known)));
    if let Some((_, nearest)) = near.min_by_key(|(distance, _)| *distance) {
        return format!("did you mean `{}`?", shown(nearest));
    }
    let all: Vec<String> = known.iter().map(|name| format!("`{}`", shown(name))).collect();
    match all.as_slice() {
        [] => "none of its dims has a name, so remove it from the loader".to_owned(),
        [one] => format!("its only named dim is {one}"),
        several => format!("its named dims are {}", several.join(", ")),
    }
}

impl Error for LoadError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            // `Display` includes the problem's text, so the next level is the problem's own source
            LoadError::Container { problems, .. } => match problems.as_slice() {
                [problem] => problem.source(),
                _ => None,
            },
            LoadError::Io { source, .. } => Some(source),
            LoadError::Parameter { source, .. } => Some(source),
            _ => None,
        }
    }
}
