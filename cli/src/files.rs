//! Writes files, whole or not at all: first beside the target, then in its place.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context, bail};
use weighbridge_checkpoint::Checkpoint;
use weighbridge_lock::{shell_word, shown};

/// Refuses to replace a checkpoint or a lock, so that a mistyped path does not cost you your weights.
pub(crate) fn spare_checkpoints(path: &Path) -> anyhow::Result<()> {
    if path.is_file() && Checkpoint::open(path).is_ok() {
        bail!("{} is a checkpoint or a lock, and is not replaced; give another name", name(path));
    }
    Ok(())
}

/// A path as a message names it.
pub(crate) fn name(path: &Path) -> String {
    shown(&path.to_string_lossy()).into_owned()
}

/// A path as a shell takes it, in which every character can be seen.
pub(crate) fn quoted(path: &Path) -> String {
    let path = path.to_string_lossy();
    // no switch of a command
    let path = if path.starts_with('-') { format!("./{path}") } else { path.into_owned() };
    shell_word(&path).into_owned()
}

/// Refuses a place for a file in a folder that is not there, or where a folder is.
pub(crate) fn check_place(path: &Path) -> anyhow::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder.filter(|folder| !folder.exists()) {
        bail!("{} could not be written, as there is no folder `{}`; make the folder first", name(path), name(folder));
    }
    Ok(())
}

/// Writes a file, or leaves the existing one as it was.
pub(crate) fn replace(path: &Path, text: &str) -> anyhow::Result<()> {
    check_place(path)?;
    if path.is_dir() {
        bail!("{} is a folder; give the name of a file", name(path));
    }
    replaced(path, text).with_context(|| format!("{} could not be written", name(path)))
}

fn replaced(path: &Path, text: &str) -> io::Result<()> {
    let existing = match fs::metadata(path) {
        Ok(metadata) => Some(metadata),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    // only a file can be replaced; a pipe or a device is written to
    if existing.as_ref().is_some_and(|metadata| !metadata.is_file()) {
        has_reader(path)?;
        return File::options().write(true).open(path)?.write_all(text.as_bytes());
    }
    // a symbolic link stays: the file that it points to is replaced
    let path = if existing.is_some() { &fs::canonicalize(path)? } else { path };
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // in a directory of its own and not a temporary file, so that it gets the usual permissions of the user's files
    let temporary = tempfile::Builder::new().prefix(".weighbridge-").tempdir_in(directory)?;
    let written = temporary.path().join("text");
    let mut file = File::create(&written)?;
    file.write_all(text.as_bytes())?;
    if let Some(existing) = existing {
        file.set_permissions(kept(existing.permissions()))?;
    }
    file.sync_all()?;
    fs::rename(&written, path)
}

/// Refuses a pipe that nobody reads: to open it would wait for a reader.
#[cfg(unix)]
fn has_reader(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    match File::options().write(true).custom_flags(libc::O_NONBLOCK).open(path) {
        Err(error) if error.raw_os_error() == Some(libc::ENXIO) => {
            Err(io::Error::other("it is a pipe that nobody reads; give the name of a file"))
        }
        opened => opened.map(drop),
    }
}

#[cfg(not(unix))]
fn has_reader(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Who may read and write a file, and nothing else that its permissions say: the new text need not run as its owner.
#[cfg(unix)]
fn kept(mut permissions: fs::Permissions) -> fs::Permissions {
    use std::os::unix::fs::PermissionsExt;
    permissions.set_mode(permissions.mode() & 0o777);
    permissions
}

#[cfg(not(unix))]
fn kept(permissions: fs::Permissions) -> fs::Permissions {
    permissions
}
