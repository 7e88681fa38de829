//! Detects the format of a file by its bytes: names and extensions are often wrong.
#![forbid(unsafe_code)]

use std::io;
use std::path::Path;

use weighbridge_lock::{FileKind, file_kind};

use crate::error::{Problem, ProblemKind};
use crate::reader::ReadAt;

/// What a file is, by its bytes, and by its name where they say nothing.
pub(crate) fn kind(reader: &dyn ReadAt, path: Option<&Path>) -> io::Result<FileKind> {
    let name = path.and_then(Path::file_name).map(|name| name.to_string_lossy());
    file_kind(reader.len(), name.as_deref(), &mut |offset, buffer| reader.read_exact_at(offset, buffer))
}

/// Whether the file name is that of a lock.
pub(crate) fn is_named_lock(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("lock"))
}

/// The problem with a name that promises another format.
pub(crate) fn contradiction(path: &Path, kind: &FileKind) -> Option<Problem> {
    let message = weighbridge_lock::contradiction(&path.file_name()?.to_string_lossy(), kind)?;
    Some(Problem::new(ProblemKind::Format, message))
}
