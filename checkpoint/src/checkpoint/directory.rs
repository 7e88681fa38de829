//! Which file of a directory is the checkpoint.

use std::path::{Path, PathBuf};

use weighbridge_lock::{NoCheckpoint, checkpoint_in};

use super::shards;
use crate::error::{CheckpointError, Problem, ProblemKind};
use crate::opening::OpenOptions;

/// The path of the one checkpoint in a directory: an index or a single file.
pub(super) fn find(directory: &Path, options: &OpenOptions) -> Result<PathBuf, CheckpointError> {
    checkpoint_in(directory, |index| shards::listed(index, options)).map_err(|why| match why {
        NoCheckpoint::Io(error) => CheckpointError::io(directory, error),
        NoCheckpoint::Unclear(why) => {
            CheckpointError::container(directory.display().to_string(), vec![Problem::new(ProblemKind::Format, why)])
        }
    })
}
