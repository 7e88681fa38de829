//! Which file of a directory is the checkpoint.

use std::path::{Path, PathBuf};

use weighbridge_lock::checkpoint_among;

use crate::error::{CheckpointError, Problem, ProblemKind};

/// The path of the one checkpoint in a directory: an index or a single file.
pub(super) fn find(directory: &Path) -> Result<PathBuf, CheckpointError> {
    let listing = std::fs::read_dir(directory).and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect());
    let files: Vec<PathBuf> = listing.map_err(|error| CheckpointError::io(directory, error))?;
    checkpoint_among(&files).map(Path::to_owned).map_err(|why| {
        CheckpointError::container(directory.display().to_string(), vec![Problem::new(ProblemKind::Format, why)])
    })
}
