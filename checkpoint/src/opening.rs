//! How files are opened.

use std::io;
use std::path::Path;
use std::sync::Arc;

use weighbridge_memory::{Mapping, Unchanging};

use crate::file::{self, OpenFile, OpenFiles};
use crate::limits::Limits;
use crate::reader::{InMemory, ReadAt};

/// How files are opened.
#[derive(Clone, Debug, Default)]
#[must_use = "options do nothing by themselves; give them to `Source::open`"]
#[non_exhaustive]
pub struct OpenOptions {
    /// What a file may claim.
    pub limits: Limits,
    /// Maps files instead of reading them. The caller promises that they do not change.
    pub map: Option<Unchanging>,
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

    /// Opens a file, which stays open.
    pub(crate) fn file(&self, path: &Path) -> io::Result<Arc<dyn ReadAt>> {
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
