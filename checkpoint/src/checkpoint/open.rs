//! Opening: makes a [`Checkpoint`] from a path, a reader, pairs or a lock. The first bytes of a file decide its format.

use std::path::Path;
use std::sync::Arc;

use weighbridge_lock::{FileKind, Lock, counted};

use super::directory;
use super::entries::Checkpoint;
use super::shards;
use super::split;
use crate::container::{locked, pairs, safetensors, sniff, zipped};
use crate::error::{CheckpointError, Problem, ProblemKind};
use crate::file;
use crate::limits::Limits;
use crate::opening::OpenOptions;
use crate::reader::ReadAt;

impl Checkpoint {
    /// Opens a file, an index, or a directory that holds one of these; or what the Hub's cache has for an address.
    pub(crate) fn from_path(path: &Path, options: &OpenOptions) -> Result<Checkpoint, CheckpointError> {
        let path = &*file::located(path).map_err(|error| CheckpointError::io(path, error))?;
        let found = if path.is_dir() { directory::find(path, options)? } else { path.to_owned() };
        let file = options.file(&found).map_err(|error| CheckpointError::opening(&found, error))?;
        Checkpoint::from_reader(found.display().to_string(), Some(&found), file, options)
    }

    /// Opens anything that can be read. An index needs its `path`, because shards are named relative to it.
    pub(crate) fn from_reader(
        label: String,
        path: Option<&Path>,
        reader: Arc<dyn ReadAt>,
        options: &OpenOptions,
    ) -> Result<Checkpoint, CheckpointError> {
        let limits = &options.limits;
        let mut kind = sniff::kind(&*reader, path).map_err(|error| CheckpointError::io(Path::new(&label), error))?;
        // so that a lock with a damaged first line is refused as a damaged lock
        if matches!(kind, FileKind::Other(_)) && path.is_some_and(sniff::is_named_lock) {
            kind = FileKind::Lock;
        }
        if let (Some(path), Some(mut problem)) = (path, path.and_then(|path| sniff::contradiction(path, &kind))) {
            // JSON in place of weights says what went wrong
            if let (FileKind::Json, Some(what)) = (kind, shards::other_json(&*reader)) {
                problem = sniff::contradiction(path, &FileKind::Other(what)).unwrap_or(problem);
            }
            return Err(CheckpointError::container(path.display().to_string(), vec![problem]));
        }
        let opened = match kind {
            FileKind::Safetensors => {
                let added = options.together.as_ref().map_or(Ok(()), |all| all.add_header(&*reader, limits));
                added.map_err(|problem| vec![problem]).and_then(|()| safetensors::open(reader, limits))
            }
            FileKind::Zip => zipped::open(reader, limits, &options.skip),
            FileKind::Torch => zipped::open_torch(reader, limits, &options.skip),
            FileKind::Gguf => return within(split::open(&label, path, reader, options)?, limits),
            FileKind::Json => return within(shards::open(&label, path, &*reader, options)?, limits),
            FileKind::Lock => match locked::parse(&*reader, limits) {
                Ok(lock) => return Checkpoint::from_lock(label, &lock, limits),
                Err(problems) => Err(problems),
            },
            FileKind::Other(what) => Err(vec![Problem::new(ProblemKind::Format, format!("this is {what}"))]),
        };
        match opened {
            Ok(contents) => within(Checkpoint::of_file(label, contents), limits),
            Err(problems) => Err(CheckpointError::container(label, problems)),
        }
    }

    pub(crate) fn from_pairs(tensors: Vec<pairs::Pair>) -> Checkpoint {
        Checkpoint::of_file("a list of pairs".to_owned(), pairs::contents(tensors))
    }

    /// The entries of a lock, which have no bytes.
    pub(crate) fn from_lock(label: String, lock: &Lock, limits: &Limits) -> Result<Checkpoint, CheckpointError> {
        match locked::contents(lock, limits) {
            Ok(contents) => within(Checkpoint::of_lock(label, contents), limits),
            Err(problems) => Err(CheckpointError::container(label, problems)),
        }
    }
}

/// Refuses names with too many components in all: each component costs memory in a tree of names.
pub(super) fn within(checkpoint: Checkpoint, limits: &Limits) -> Result<Checkpoint, CheckpointError> {
    // a name has at most one component more than it has bytes, so most files need no closer look
    if checkpoint.name_bytes() + checkpoint.len() <= limits.component_count {
        return Ok(checkpoint);
    }
    let components = checkpoint.component_count();
    if components <= limits.component_count {
        return Ok(checkpoint);
    }
    let found = format!("the names have {} in all", counted(components, "component"));
    let problem = Problem::limit(found, "component_count", limits.component_count);
    Err(CheckpointError::container(checkpoint.label().to_owned(), vec![problem]))
}
