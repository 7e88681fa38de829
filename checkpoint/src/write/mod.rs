//! Writes tensors whose elements come piece by piece, with one writer for each format. Writers know names, dtypes and
//! shapes, and nothing of schemas.

mod error;
mod job;
#[cfg(feature = "npz")]
mod npz;
#[cfg(not(feature = "npz"))]
#[path = "without_npz.rs"]
mod npz;
mod safetensors;
mod shards;
mod spec;
mod stage;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use self::job::WriteJob;
use self::shards::Shards;

pub use self::error::WriteError;
pub use self::job::Sink;
pub use self::spec::TensorSpec;
#[doc(hidden)]
pub use self::spec::{ListedSpec, SpecList};

/// How tensors are written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "options do nothing by themselves; give them to `write`"]
#[non_exhaustive]
pub struct WriteOptions {
    /// What the file says about itself. Only safetensors supports this.
    pub metadata: BTreeMap<String, String>,
    /// The most bytes of tensors in one shard; `None` writes one file.
    pub max_shard_size: Option<u64>,
}

impl WriteOptions {
    /// One file without metadata.
    pub fn new() -> WriteOptions {
        WriteOptions::default()
    }

    /// Adds one entry of metadata.
    pub fn metadata(mut self, key: impl Into<String>, value: impl Into<String>) -> WriteOptions {
        self.metadata.insert(key.into(), value.into());
        self
    }

    /// Writes shards of at most this many bytes of tensors. A larger tensor has a shard of its own.
    pub fn max_shard_size(mut self, bytes: u64) -> WriteOptions {
        self.max_shard_size = Some(bytes);
        self
    }
}

/// Writes these tensors in the format of the path's extension. Calls `fill` once for each with its number, in the order
/// that the format needs. Returns the files written.
///
/// # Errors
/// If the format cannot hold a tensor or the metadata, or the file cannot be written; and whatever `fill` returns. The
/// file at the path is then unchanged.
pub fn write<E: From<WriteError>>(
    path: impl AsRef<Path>,
    tensors: &[TensorSpec],
    options: &WriteOptions,
    fill: impl FnMut(usize, &mut Sink<'_>) -> Result<(), E>,
) -> Result<Vec<PathBuf>, E> {
    write_listed(path.as_ref(), &tensors, options, fill)
}

/// Does what [`write`] does, for any list of tensors.
#[doc(hidden)]
pub fn write_listed<E: From<WriteError>>(
    path: &Path,
    tensors: &dyn SpecList,
    options: &WriteOptions,
    mut fill: impl FnMut(usize, &mut Sink<'_>) -> Result<(), E>,
) -> Result<Vec<PathBuf>, E> {
    let WriteOptions { metadata, max_shard_size } = options;
    spec::check(tensors)?;
    let mut job = WriteJob { path, tensors, fill: &mut fill };
    if let Some(most) = *max_shard_size {
        safetensors::check(tensors)?;
        return Shards::new(path, tensors, most)?.write(metadata, &mut job);
    }
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("safetensors") => {
            safetensors::check(tensors)?;
            let all: Vec<usize> = (0..tensors.count()).collect();
            stage::replace(&mut job, |job, file| safetensors::write(all, metadata, job, file))?;
        }
        Some("npz") => {
            npz::check(tensors)?;
            if !metadata.is_empty() {
                return Err(WriteError::Metadata.into());
            }
            stage::replace(&mut job, npz::write)?;
        }
        _ => return Err(WriteError::Extension { path: path.display().to_string() }.into()),
    }
    Ok(vec![path.to_owned()])
}
