//! The names of a checkpoint's entries, as the loader changes them.

use std::borrow::Cow;

use weighbridge_checkpoint::{Checkpoint, Problem, Rename, Renames};
use weighbridge_lock::matches;

/// The name of each entry, by its number. Without renamings these are the checkpoint's own, and cost nothing.
///
/// Numbers from the checkpoint's length on are members of its archive that are no arrays. No parameter can take them, but
/// patterns can fit them.
pub(super) struct EntryNames<'r> {
    checkpoint: &'r Checkpoint,
    /// The members that are no arrays.
    pub(super) no_arrays: Vec<&'r Problem>,
    renamed: Option<Vec<Option<Cow<'r, str>>>>,
}

impl<'r> EntryNames<'r> {
    /// The names, and the renamings that change none of them.
    pub(super) fn new(checkpoint: &'r Checkpoint, renames: &Renames) -> (EntryNames<'r>, Vec<Rename>) {
        let no_arrays: Vec<&Problem> = checkpoint.undecided().collect();
        if renames.is_empty() {
            return (EntryNames { checkpoint, no_arrays, renamed: None }, Vec::new());
        }
        let others = no_arrays.iter().copied().map(name_of);
        let (renamed, stale) = renames.apply_all(checkpoint.iter().map(|entry| entry.name()).chain(others));
        (EntryNames { checkpoint, no_arrays, renamed: Some(renamed) }, stale)
    }

    /// The name of an entry; `None` if it is outside of the subtree, and so is not there.
    pub(super) fn get(&self, entry: usize) -> Option<&str> {
        if let Some(renamed) = &self.renamed {
            return renamed.get(entry)?.as_deref();
        }
        match entry.checked_sub(self.checkpoint.len()) {
            None => Some(self.checkpoint.entry(entry).name()),
            Some(other) => self.no_arrays.get(other).copied().map(name_of),
        }
    }

    /// The names of all entries, by number, and those of the members that are no arrays.
    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = Option<&str>> {
        (0..self.checkpoint.len() + self.no_arrays.len()).map(|entry| self.get(entry))
    }

    /// Which entries nothing can take, by number, because one of these patterns fits or because they are no arrays; empty if
    /// there are none.
    pub(super) fn hidden(&self, patterns: &[String]) -> Vec<bool> {
        if patterns.is_empty() && self.no_arrays.is_empty() {
            return Vec::new();
        }
        let fits = |name: &str| patterns.iter().any(|pattern| matches(pattern, name));
        let is_hidden = |(entry, name): (usize, Option<&str>)| entry >= self.checkpoint.len() || name.is_some_and(fits);
        self.iter().enumerate().map(is_hidden).collect()
    }
}

fn name_of(problem: &Problem) -> &str {
    problem.tensor.as_deref().unwrap_or_default()
}
