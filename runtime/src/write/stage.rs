//! A directory beside the target, in which files are written before they take their places.

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::error::SaveError;
use super::job::Job;

/// It is removed with everything in it, whether the save succeeds or not.
pub(super) struct Stage(TempDir);

impl Stage {
    /// Within the target's directory, so that moving a file to its place copies nothing.
    pub(super) fn within(directory: &Path) -> io::Result<Stage> {
        // a directory of its own and not a temporary file, so that the file gets the permissions of the user's other files
        Ok(Stage(tempfile::Builder::new().prefix(".weighbridge-").tempdir_in(directory)?))
    }

    /// Writes one file and syncs it. It gets the permissions of the file that it will replace.
    pub(super) fn file<'j, E: From<SaveError>>(
        &self,
        name: &str,
        replaced: Option<&Path>,
        job: &mut Job<'j, E>,
        write: impl FnOnce(&mut Job<'j, E>, &mut BufWriter<File>) -> Result<(), E>,
    ) -> Result<PathBuf, E> {
        let written = self.0.path().join(name);
        let mut file = BufWriter::new(File::create(&written).map_err(job.io())?);
        write(job, &mut file)?;
        let file = file.into_inner().map_err(|error| job.io()(error.into_error()))?;
        if let Some(existing) = replaced.and_then(|path| std::fs::metadata(path).ok()) {
            file.set_permissions(existing.permissions()).map_err(job.io())?;
        }
        file.sync_all().map_err(job.io())?;
        Ok(written)
    }
}

/// Writes one file in the stage and moves it to the job's path, where it replaces the file that is there.
pub(super) fn replace<'j, E: From<SaveError>>(
    job: &mut Job<'j, E>,
    write: impl FnOnce(&mut Job<'j, E>, &mut BufWriter<File>) -> Result<(), E>,
) -> Result<(), E> {
    let path = job.path;
    // found out before anything is read: no file can replace a directory
    if path.is_dir() {
        return Err(job.io()(io::ErrorKind::IsADirectory.into()));
    }
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let stage = Stage::within(directory).map_err(job.io())?;
    let written = stage.file("weights", Some(path), job, write)?;
    std::fs::rename(written, path).map_err(job.io())
}
