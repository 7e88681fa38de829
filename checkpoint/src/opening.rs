//! How files are opened.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

use weighbridge_memory::{Mapping, Unchanging};

use crate::file::{self, OpenFile, OpenFiles};
use crate::limits::Limits;
use crate::reader::{InMemory, ReadAt};
use crate::together::Together;

/// How files are opened.
#[derive(Clone, Debug, Default)]
#[must_use = "options do nothing by themselves; give them to `Source::open`"]
#[non_exhaustive]
pub struct OpenOptions {
    /// What a file may claim.
    pub limits: Limits,
    /// Maps files instead of reading them. The caller promises that they do not change.
    pub map: Option<Unchanging>,
    /// Which members of an archive that are no arrays are left out.
    pub(crate) skip: Skip,
    /// What a file shares with others, if it is one of several.
    pub(crate) together: Option<Arc<Together>>,
}

/// Which members of an `.npz` that are no arrays of numbers are left out; the others are refused.
#[cfg_attr(not(any(feature = "npz", feature = "torch")), allow(dead_code, reason = "only an archive has members"))]
#[derive(Clone, Default)]
pub(crate) enum Skip {
    #[default]
    None,
    /// Those whose names this fits.
    Those(Arc<dyn Fn(&str) -> bool + Send + Sync>),
    /// All, for a load that refuses some of them once it knows all of its patterns.
    Undecided,
}

impl fmt::Debug for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Skip::None => "None",
            Skip::Those(_) => "Those",
            Skip::Undecided => "Undecided",
        })
    }
}

#[cfg(any(feature = "npz", feature = "torch"))]
impl Skip {
    pub(crate) fn leaves_out(&self, name: &str) -> bool {
        match self {
            Skip::None => false,
            Skip::Those(fits) => fits(name),
            Skip::Undecided => true,
        }
    }
}

impl OpenOptions {
    /// Files are read and not mapped, within the default limits.
    pub fn new() -> OpenOptions {
        OpenOptions::default()
    }

    /// Sets what a file may claim.
    pub fn limits(mut self, limits: Limits) -> OpenOptions {
        self.limits = limits;
        self
    }

    /// Maps files instead of reading them. Only `unsafe` code can make the promise that this takes.
    pub fn map(mut self, promise: Unchanging) -> OpenOptions {
        self.map = Some(promise);
        self
    }

    /// Leaves out the members of an `.npz` that are no arrays of numbers, such as strings and pickles, and whose names this
    /// fits. A name is the member's without `.npy`. Without this, and where it does not fit, such a member is refused. What
    /// was left out is in [`Checkpoint::skipped`](crate::Checkpoint::skipped); nothing of it is read but its header.
    pub fn skip(mut self, fits: impl Fn(&str) -> bool + Send + Sync + 'static) -> OpenOptions {
        self.skip = Skip::Those(Arc::new(fits));
        self
    }

    /// Leaves out all members that are no arrays: the caller refuses those that are [left](crate::Checkpoint::undecided).
    #[doc(hidden)]
    pub fn undecided(mut self) -> OpenOptions {
        self.skip = Skip::Undecided;
        self
    }

    /// The options for one of several files that are one checkpoint.
    pub(crate) fn one_of_several(&self) -> OpenOptions {
        OpenOptions { together: Some(self.together.clone().unwrap_or_default()), ..self.clone() }
    }

    /// Opens a file, which stays open unless it is one of several.
    pub(crate) fn file(&self, path: &Path) -> io::Result<Arc<dyn ReadAt>> {
        if let Some(together) = &self.together {
            return self.file_among(&together.files, path);
        }
        self.opened(path, || OpenFile::open(path).map(|file| Arc::new(file) as Arc<dyn ReadAt>))
    }

    /// Opens one of several files, of which only a few stay open.
    pub(crate) fn file_among(&self, files: &Arc<OpenFiles>, path: &Path) -> io::Result<Arc<dyn ReadAt>> {
        self.opened(path, || OpenFile::among(files, path).map(|file| Arc::new(file) as Arc<dyn ReadAt>))
    }

    fn opened(&self, path: &Path, read: impl FnOnce() -> io::Result<Arc<dyn ReadAt>>) -> io::Result<Arc<dyn ReadAt>> {
        match self.map {
            None => read(),
            Some(promise) => Ok(Arc::new(InMemory(Arc::new(Mapping::of(&file::open(path)?, promise)?)))),
        }
    }
}
