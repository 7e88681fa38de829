//! Reports the progress of a load to a callback.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};

use crate::error::CheckpointError;

/// The progress of a load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Bytes of tensors read so far.
    pub bytes_read: u64,
    /// Bytes of tensors to read in all.
    pub bytes_total: u64,
}

/// Called after a tensor, or a part of a large one, was read. `Break` cancels the load.
pub type OnProgress = Arc<dyn Fn(Progress) -> ControlFlow<()> + Send + Sync>;

/// Counts the bytes read, for a callback.
pub struct Meter<'m> {
    progress: Option<&'m OnProgress>,
    total: u64,
    /// `None` once the load is cancelled.
    done: Mutex<Option<u64>>,
}

impl std::fmt::Debug for Meter<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Meter").field("total", &self.total).field("done", &self.done).finish_non_exhaustive()
    }
}

impl<'m> Meter<'m> {
    /// Counts from 0 to `total` bytes of the file.
    pub fn new(progress: Option<&'m OnProgress>, total: u64) -> Meter<'m> {
        Meter { progress, total, done: Mutex::new(Some(0)) }
    }

    /// Adds to the bytes read from the file. Threads call the callback one at a time, so that the numbers only grow,
    /// and never after a call that cancelled or panicked.
    ///
    /// # Errors
    /// [`CheckpointError::Cancelled`] if the callback cancels, or has cancelled before.
    pub fn add(&self, bytes: usize) -> Result<(), CheckpointError> {
        let Some(progress) = self.progress else { return Ok(()) };
        let Ok(mut state) = self.done.lock() else { return Err(CheckpointError::Cancelled) };
        let Some(done) = state.as_mut() else { return Err(CheckpointError::Cancelled) };
        *done += bytes as u64;
        match progress(Progress { bytes_read: *done, bytes_total: self.total }) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => {
                *state = None;
                Err(CheckpointError::Cancelled)
            }
        }
    }
}
