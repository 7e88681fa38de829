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

use self::job::Job;
use self::shards::Shards;

pub use self::error::WriteError;
pub use self::job::Sink;
pub use self::spec::TensorSpec;

/// How tensors are written.
#[derive(Clone, Debug, Default)]
pub struct WriteOptions {
    /// What the file says about itself. Only safetensors supports this.
    pub metadata: BTreeMap<String, String>,
    /// The limit in bytes of tensors. `None` writes one file.
    pub max_shard_size: Option<u64>,
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
    mut fill: impl FnMut(usize, &mut Sink<'_>) -> Result<(), E>,
) -> Result<Vec<PathBuf>, E> {
    let (path, WriteOptions { metadata, max_shard_size }) = (path.as_ref(), options);
    spec::check(tensors)?;
    let mut job = Job { path, tensors, fill: &mut fill };
    if let Some(most) = *max_shard_size {
        safetensors::check(tensors)?;
        return Shards::new(path, tensors, most)?.write(metadata, &mut job);
    }
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("safetensors") => {
            safetensors::check(tensors)?;
            let all: Vec<usize> = (0..tensors.len()).collect();
            stage::replace(&mut job, |job, file| safetensors::write(&all, metadata, job, file))?;
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
