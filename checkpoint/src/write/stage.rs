//! A directory next to the target, in which files are written before they are moved into place.

use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use super::error::WriteError;
use super::job::WriteJob;

/// Dropping it removes it with everything in it, whether the save succeeded or not.
pub(super) struct StagingDirectory(PathBuf);

impl StagingDirectory {
    /// Creates it within the target's directory, so that moving a file into place copies nothing.
    pub(super) fn within(directory: &Path) -> io::Result<StagingDirectory> {
        let mut number = 0usize;
        loop {
            // a directory and not a temporary file, so that the file gets the permissions of the user's other files
            let stage = directory.join(format!(".weighbridge-{}-{number}", std::process::id()));
            match fs::create_dir(&stage) {
                Ok(()) => return Ok(StagingDirectory(stage)),
                // another thread's, or left behind by a process that was killed
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
                Err(error) => return Err(error),
            }
        }
    }

    /// Writes one file and syncs it. The file gets the permissions of the one that it will replace.
    pub(super) fn file<'j, E: From<WriteError>>(
        &self,
        name: &str,
        replaced: Option<&Path>,
        job: &mut WriteJob<'j, E>,
        write: impl FnOnce(&mut WriteJob<'j, E>, &mut BufWriter<File>) -> Result<(), E>,
    ) -> Result<PathBuf, E> {
        let written = self.0.join(name);
        let mut file = BufWriter::new(File::create(&written).map_err(job.io())?);
        write(job, &mut file)?;
        let file = file.into_inner().map_err(|error| job.io()(error.into_error()))?;
        if let Some(existing) = replaced.and_then(|path| fs::metadata(path).ok()) {
            file.set_permissions(existing.permissions()).map_err(job.io())?;
        }
        file.sync_all().map_err(job.io())?;
        Ok(written)
    }
}

impl Drop for StagingDirectory {
    fn drop(&mut self) {
        // an error here would hide why the save failed, and leftovers here are in nobody's way
        drop(fs::remove_dir_all(&self.0));
    }
}

/// Writes one file in the stage and moves it to the job's path, replacing any existing file.
pub(super) fn replace<'j, E: From<WriteError>>(
    job: &mut WriteJob<'j, E>,
    write: impl FnOnce(&mut WriteJob<'j, E>, &mut BufWriter<File>) -> Result<(), E>,
) -> Result<(), E> {
    let path = job.path;
    // checked before anything is read: no file can replace a directory
    if path.is_dir() {
        return Err(job.io()(io::ErrorKind::IsADirectory.into()));
    }
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let stage = StagingDirectory::within(directory).map_err(job.io())?;
    let written = stage.file("weights", Some(path), job, write)?;
    fs::rename(written, path).map_err(job.io())
}
