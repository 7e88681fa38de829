//! Several opened files as one checkpoint.

use std::collections::BTreeMap;

use super::entries::Checkpoint;
use super::open::within;
use super::shards::in_shard;
use crate::container::FoundProblems;
use crate::error::{CheckpointError, Problem, ProblemKind};
use crate::limits::Limits;
use weighbridge_lock::counted;

/// Collects the files of one checkpoint, and what is wrong with them.
pub(crate) struct Parts<'l> {
    limits: &'l Limits,
    opened: Vec<Checkpoint>,
    refused: Vec<CheckpointError>,
    tensor_count: usize,
}

/// What stands in messages for a list without files.
const NONE: &str = "a list of files";

impl<'l> Parts<'l> {
    pub(crate) fn new(limits: &'l Limits) -> Parts<'l> {
        Parts { limits, opened: Vec::new(), refused: Vec::new(), tensor_count: 0 }
    }

    /// Adds a file, or why it was refused.
    ///
    /// # Errors
    /// If there are more files, or tensors in all of them, than the limits allow.
    pub(crate) fn add(&mut self, opened: Result<Checkpoint, CheckpointError>) -> Result<(), CheckpointError> {
        match opened.and_then(Checkpoint::weights) {
            Ok(opened) => {
                self.tensor_count = self.tensor_count.saturating_add(opened.len());
                self.opened.push(opened);
            }
            Err(error) => self.refused.push(error),
        }
        let exceeded = if self.opened.len() > self.limits.shard_count {
            Problem::limit("there are more files", "shard_count", self.limits.shard_count)
        } else if self.tensor_count > self.limits.tensor_count {
            let found = format!("so far the files have {}", counted(self.tensor_count, "tensor"));
            Problem::limit(found, "tensor_count", self.limits.tensor_count)
        } else {
            return Ok(());
        };
        Err(CheckpointError::container(self.label(), vec![exceeded]))
    }

    /// The files as one checkpoint. If two of them have one name, it has both: a load may ignore that name.
    ///
    /// # Errors
    /// If one of them was refused.
    pub(crate) fn join(mut self) -> Result<Checkpoint, CheckpointError> {
        let label = self.label();
        match (self.opened.as_slice(), self.refused.as_slice()) {
            ([], []) => {
                let problem = Problem::new(ProblemKind::Request, "there are no files in it; give at least one");
                return Err(CheckpointError::container(label, vec![problem]));
            }
            (_, [_]) => return Err(self.refused.remove(0)),
            ([only], []) => return Ok(only.clone()),
            _ => {}
        }
        let mut problems = FoundProblems::default();
        for error in self.refused {
            match error {
                CheckpointError::Container { file, problems: found } => {
                    problems.extend(found.into_iter().map(|problem| in_shard(&file, problem)));
                }
                CheckpointError::Io { file, source } => problems.push(Problem::io(source).tensor(file)),
                CheckpointError::Cancelled => return Err(CheckpointError::Cancelled),
            }
        }
        if !problems.is_empty() {
            return Err(CheckpointError::container(label, problems.finish()));
        }
        // types are those of the only file that has any
        let mut typed = self.opened.iter().map(Checkpoint::typed_metadata).filter(|typed| !typed.is_empty());
        let typed = typed.next().filter(|_| typed.next().is_none()).cloned().unwrap_or_default();
        let metadata = (metadata(&self.opened), typed);
        within(Checkpoint::of_parts(label, &self.opened, metadata), self.limits)
    }

    /// Two names, or the first and how many follow.
    fn label(&self) -> String {
        match self.opened.as_slice() {
            [] => NONE.to_owned(),
            [only] => only.label().to_owned(),
            [first, second] => format!("{} and {}", first.label(), second.label()),
            [first, rest @ ..] => format!("{} and {}", first.label(), counted(rest.len(), "more file")),
        }
    }
}

/// What all files that say something say alike. A key with two values speaks for no checkpoint of both.
fn metadata(parts: &[Checkpoint]) -> BTreeMap<String, String> {
    let mut values: BTreeMap<&str, Option<&str>> = BTreeMap::new();
    for (key, value) in parts.iter().flat_map(Checkpoint::metadata) {
        values.entry(key).and_modify(|known| *known = known.filter(|known| known == value)).or_insert(Some(value));
    }
    values.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?.to_owned()))).collect()
}
