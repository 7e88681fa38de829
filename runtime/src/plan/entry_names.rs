//! The names of a checkpoint's entries, as the loader changes them.

use std::borrow::Cow;

use weighbridge_checkpoint::{Checkpoint, Rename, Renames};
use weighbridge_lock::matches;

/// The name of each entry, by its number. Without renamings these are the checkpoint's own, and cost nothing.
pub(super) struct EntryNames<'r> {
    checkpoint: &'r Checkpoint,
    renamed: Option<Vec<Option<Cow<'r, str>>>>,
}

impl<'r> EntryNames<'r> {
    /// The names, and the renamings that change none of them.
    pub(super) fn new(checkpoint: &'r Checkpoint, renames: &Renames) -> (EntryNames<'r>, Vec<Rename>) {
        if renames.is_empty() {
            return (EntryNames { checkpoint, renamed: None }, Vec::new());
        }
        let (renamed, stale) = renames.apply_all(checkpoint.iter().map(|entry| entry.name()));
        (EntryNames { checkpoint, renamed: Some(renamed) }, stale)
    }

    /// The name of an entry; `None` if it is outside of the subtree, and so is not there.
    pub(super) fn get(&self, entry: usize) -> Option<&str> {
        match &self.renamed {
            None => Some(self.checkpoint.entry(entry).name()),
            Some(renamed) => renamed.get(entry)?.as_deref(),
        }
    }

    /// Which entries these patterns hide, by number; empty without patterns.
    pub(super) fn hidden(&self, patterns: &[String]) -> Vec<bool> {
        if patterns.is_empty() {
            return Vec::new();
        }
        let fits = |name: &str| patterns.iter().any(|pattern| matches(pattern, name));
        self.iter().map(|name| name.is_some_and(fits)).collect()
    }

    /// The names of all entries, by number.
    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = Option<&str>> {
        (0..self.checkpoint.len()).map(|entry| self.get(entry))
    }
}
