//! A directory beside the target, in which files are written before they take their places.

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::SaveError;
use super::write::Job;

/// It goes away with all that is in it, whether the save ends well or not.
pub(super) struct Stage(TempDir);

impl Stage {
    /// Beside the target, so that moving a file to its place is no copy.
    pub(super) fn beside(path: &Path) -> io::Result<Stage> {
        Stage::within(path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new(".")))
    }

    pub(super) fn within(directory: &Path) -> io::Result<Stage> {
        // in a directory of its own, so that the file is made with the permissions that the user's files have
        Ok(Stage(tempfile::Builder::new().prefix(".weighbridge-").tempdir_in(directory)?))
    }

    /// Writes a file to the end, with the permissions of the one that it is to replace.
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
