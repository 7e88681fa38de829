//! A checkpoint in several files, and the index that names the file of every tensor.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::error::WriteError;
use super::job::WriteJob;
use super::safetensors;
use super::spec::{SpecList, all};
use super::stage::StagingDirectory;

const SUFFIX: &str = ".safetensors";
const INDEX: &str = ".safetensors.index.json";

/// Which tensors go into which file.
pub(super) struct Shards {
    directory: PathBuf,
    /// `model` in `model-00001-of-00002.safetensors`.
    name: String,
    /// The tensors of each shard, by number.
    shards: Vec<Vec<usize>>,
}

#[derive(Serialize)]
struct ShardIndex<'i> {
    metadata: IndexMetadata,
    weight_map: BTreeMap<&'i str, &'i str>,
}

#[derive(Serialize)]
struct IndexMetadata {
    total_size: u64,
}

impl Shards {
    /// Fills one shard after another with tensors in order, as transformers does, each with at most `most` bytes.
    pub(super) fn new(path: &Path, tensors: &dyn SpecList, most: u64) -> Result<Shards, WriteError> {
        let (directory, name) = directory_and_name(path)?;
        let mut shards: Vec<Vec<usize>> = vec![Vec::new()];
        let mut size = 0u64;
        for (number, tensor) in all(tensors).enumerate() {
            let bytes = tensor.byte_len() as u64;
            size = size.saturating_add(bytes);
            match shards.last_mut() {
                Some(shard) if shard.is_empty() || size <= most => shard.push(number),
                _ => {
                    shards.push(vec![number]);
                    size = bytes;
                }
            }
        }
        Ok(Shards { directory, name, shards })
    }

    /// Writes all files, and only then moves them to their places, the index last.
    pub(super) fn write<E: From<WriteError>>(
        &self,
        metadata: &BTreeMap<String, String>,
        job: &mut WriteJob<'_, E>,
    ) -> Result<Vec<PathBuf>, E> {
        let created = CreatedDirectory::new(&self.directory).map_err(job.io())?;
        // first, because it takes back what a save has left that was killed
        let stage = StagingDirectory::within(&self.directory).map_err(job.io())?;
        if let Some(existing) = self.existing().map_err(job.io())? {
            return Err(WriteError::Occupied { path: existing.display().to_string() }.into());
        }
        let mut staged = Vec::with_capacity(self.shards.len() + 1);
        for (number, shard) in self.shards.iter().enumerate() {
            let name = self.file(number);
            let file =
                stage.file(&name, None, job, |job, file| safetensors::write(shard.clone(), metadata, job, file))?;
            staged.push((file, self.directory.join(name)));
        }
        if self.shards.len() > 1 {
            let name = format!("{}{INDEX}", self.name);
            let file = stage.file(&name, None, job, |job, file| self.index(job.tensors, file).map_err(job.io()))?;
            staged.push((file, self.directory.join(name)));
        }
        stage.place(&staged).map_err(job.io())?;
        created.keep();
        Ok(staged.into_iter().map(|(_, placed)| placed).collect())
    }

    fn file(&self, number: usize) -> String {
        match self.shards.len() {
            1 => format!("{}{SUFFIX}", self.name),
            count => format!("{}-{:05}-of-{count:05}{SUFFIX}", self.name, number + 1),
        }
    }

    fn index(&self, tensors: &dyn SpecList, out: &mut dyn Write) -> io::Result<()> {
        let files: Vec<String> = (0..self.shards.len()).map(|number| self.file(number)).collect();
        let listed = self
            .shards
            .iter()
            .zip(&files)
            .flat_map(|(shard, file)| shard.iter().map(|&number| (tensors.listed(number).name, file.as_str())));
        let total_size = all(tensors).fold(0u64, |sum, tensor| sum.saturating_add(tensor.byte_len() as u64));
        let index = ShardIndex { metadata: IndexMetadata { total_size }, weight_map: listed.collect() };
        serde_json::to_writer_pretty(&mut *out, &index)?;
        out.write_all(b"\n")
    }

    /// A file in the directory that already belongs to a checkpoint of this name.
    fn existing(&self) -> io::Result<Option<PathBuf>> {
        for entry in fs::read_dir(&self.directory)? {
            let entry = entry?;
            let name = entry.file_name();
            let Some(rest) = name.to_str().and_then(|name| name.strip_prefix(&self.name)) else { continue };
            if rest == SUFFIX || rest == INDEX || rest.strip_suffix(SUFFIX).is_some_and(is_shard) {
                return Ok(Some(entry.path()));
            }
        }
        Ok(None)
    }
}

/// Whether this is `-00001-of-00002`.
fn is_shard(middle: &str) -> bool {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let numbers = middle.strip_prefix('-').and_then(|rest| rest.split_once("-of-"));
    numbers.is_some_and(|(this, all)| number(this) && number(all))
}

/// The directory, and the beginning of the shards' names.
fn directory_and_name(path: &Path) -> Result<(PathBuf, String), WriteError> {
    let file = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
    if file.ends_with(".npz") {
        return Err(WriteError::Shards { path: path.display().to_string() });
    }
    let name = file.strip_suffix(INDEX).or_else(|| file.strip_suffix(SUFFIX)).filter(|name| !name.is_empty());
    match name.filter(|_| !path.is_dir()) {
        Some(name) => {
            let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
            Ok((parent.unwrap_or(Path::new(".")).to_owned(), name.to_owned()))
        }
        None => Ok((path.to_owned(), "model".to_owned())),
    }
}

/// The target directory. If the save created it and fails, it is removed again.
struct CreatedDirectory<'d> {
    /// `None` if there is nothing to remove.
    path: Option<&'d Path>,
}

impl<'d> CreatedDirectory<'d> {
    fn new(directory: &'d Path) -> io::Result<CreatedDirectory<'d>> {
        match fs::create_dir(directory) {
            Ok(()) => Ok(CreatedDirectory { path: Some(directory) }),
            Err(_) if directory.is_dir() => Ok(CreatedDirectory { path: None }),
            Err(error) => Err(error),
        }
    }

    fn keep(mut self) {
        self.path = None;
    }
}

impl Drop for CreatedDirectory<'_> {
    fn drop(&mut self) {
        if let Some(directory) = self.path {
            // it is empty by now; if not, somebody else put files there, and it stays
            drop(fs::remove_dir(directory));
        }
    }
}
