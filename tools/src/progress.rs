//! How far long work is.

use std::ops::ControlFlow;

/// How far a conversion or a comparison is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Bytes of tensors that were read.
    pub bytes_read: u64,
    /// Bytes of tensors that are to be read in all.
    pub bytes_total: u64,
}

/// Called after each piece of a tensor; `Break` cancels the work.
pub type OnProgress<'p> = dyn FnMut(Progress) -> ControlFlow<()> + 'p;

/// The work was cancelled.
pub(crate) struct Cancelled;

/// What has been read so far.
pub(crate) struct Meter<'p> {
    at: Progress,
    tell: &'p mut OnProgress<'p>,
}

impl<'p> Meter<'p> {
    pub(crate) fn new(total: u64, tell: &'p mut OnProgress<'p>) -> Meter<'p> {
        Meter { at: Progress { bytes_read: 0, bytes_total: total }, tell }
    }

    pub(crate) fn add(&mut self, bytes: usize) -> Result<(), Cancelled> {
        self.at.bytes_read = self.at.bytes_read.saturating_add(bytes as u64);
        match (self.tell)(self.at) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Cancelled),
        }
    }
}
