//! How much a header may have.

use weighbridge_lock::counted;

use crate::container::room::Growing;
use crate::error::{Problem, ProblemKind};
use crate::limits::Limits;

/// What a header may have.
#[derive(Clone, Copy)]
pub(super) struct Most<'l> {
    pub(super) limits: &'l Limits,
    /// How many tensors the index gives to this shard.
    pub(super) listed: Option<usize>,
}

/// A shard may have this many tensors more than its index gives it, so that the refusal can name them.
const NAMED: usize = 20;

impl Most<'_> {
    /// How many tensors are read.
    pub(super) fn tensor_count(&self) -> usize {
        let listed = self.listed.map_or(usize::MAX, |listed| listed.saturating_add(NAMED));
        self.limits.tensor_count.min(listed)
    }

    /// The problem with more tensors than that.
    pub(super) fn too_many(&self) -> Problem {
        let limit = self.limits.tensor_count;
        match self.listed {
            Some(listed) if self.tensor_count() < limit => {
                let listed = counted(listed, "tensor");
                let message = format!(
                    "this shard has more tensors, and the index gives it {listed}; correct the index, or take all files \
                     from one upload"
                );
                Problem::new(ProblemKind::Index, message)
            }
            _ => Problem::limit("there are more tensors", "tensor_count", limit),
        }
    }
}

/// What an entry of a header's metadata takes, besides its text.
const METADATA_ENTRY: usize = 160;

/// Room for one more entry of the metadata.
pub(super) fn room_for(growing: &mut Growing, key: &str, value: &str) -> Result<(), Problem> {
    growing.add(METADATA_ENTRY.saturating_add(key.len()).saturating_add(value.len()), "the metadata")
}
