//! Writing a module's parameters to a file: beside the target first, then in its place.

mod layout;
mod npz;
mod safetensors;
mod shards;
mod stage;
mod write;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::Path;

use crate::checkpoint::Checkpoint;
use crate::dtype::DType;
use crate::error::ParameterError;
use crate::module::{Module, walk};
use crate::parameter::View;
use crate::path::shown;
use crate::report::{Report, TiedNote};
use crate::tree::Walk;

pub use write::{Sink, TensorSpec};

/// Why a file was not written. An existing one is as it was.
#[derive(Debug)]
#[non_exhaustive]
pub enum SaveError {
    /// The name does not end in `.safetensors` or `.npz`.
    Extension {
        /// The path that was asked for.
        path: String,
    },
    /// The format cannot hold a parameter's name.
    Name {
        /// The parameter's path.
        path: String,
        /// Why not.
        reason: &'static str,
    },
    /// The format cannot hold a parameter's dtype.
    DType {
        /// The parameter's path.
        path: String,
        /// Its dtype.
        dtype: DType,
        /// The format.
        format: &'static str,
    },
    /// A parameter is tied to another, and their values differ.
    Tied {
        /// The parameter's path.
        path: String,
        /// The path that it is tied to.
        target: String,
    },
    /// The format has no place for metadata.
    Metadata,
    /// What was given for a tensor is not as long as its dtype and shape say.
    Elements {
        /// The tensor's name.
        path: String,
        /// The size of its elements in bytes.
        expected: usize,
        /// How many bytes were given, those of the first piece too many with them.
        found: usize,
    },
    /// Shards can only be written as safetensors.
    Shards {
        /// The path that was asked for.
        path: String,
    },
    /// Shards are to be written where there is a checkpoint of this name already.
    Occupied {
        /// The file that is there.
        path: String,
    },
    /// A parameter's bytes could not be fetched.
    Parameter {
        /// The parameter's path.
        path: String,
        /// Why.
        source: ParameterError,
    },
    /// The file could not be written.
    Io {
        /// The path that was asked for.
        path: String,
        /// What the system says.
        source: io::Error,
    },
}

impl fmt::Display for SaveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SaveError::Extension { path } => {
                write!(f, "{path} does not say in which format it is to be written; end it in `.safetensors` or `.npz`")
            }
            SaveError::Name { path, reason } => write!(f, "`{}` cannot be saved: {reason}; give it another name", shown(path)),
            SaveError::DType { path, dtype, format } => {
                let other = if *format == "npz" { ".safetensors" } else { ".npz" };
                let article = if *format == "npz" { "an" } else { "a" };
                write!(f, "`{}` is {dtype}, which {article} {format} file cannot hold; save to `{other}`", shown(path))
            }
            SaveError::Tied { path, target } => write!(
                f,
                "`{}` is tied to `{}`, and their values differ; make them one, or remove `tied`",
                shown(path),
                shown(target)
            ),
            SaveError::Metadata => f.write_str(
                "an npz file has no place for metadata; save to `.safetensors`, or leave it out (`loaded.module.save_weights(..)`)",
            ),
            SaveError::Elements { path, expected, found } => {
                write!(f, "`{}` takes {expected} bytes, and {found} were given for it", shown(path))
            }
            SaveError::Shards { path } => write!(
                f,
                "{path} is an npz file, which has no shards; name a directory or end it in `.safetensors`, or leave out the size of a shard"
            ),
            SaveError::Occupied { path } => write!(
                f,
                "{path} is there already, and shards of two checkpoints must not mix; give another directory, or remove that checkpoint first"
            ),
            SaveError::Parameter { path, .. } => write!(f, "the values of `{}` could not be fetched", shown(path)),
            SaveError::Io { path, .. } => write!(f, "{path} could not be written"),
        }
    }
}

impl std::error::Error for SaveError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            SaveError::Parameter { source, .. } => Some(source),
            SaveError::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// A save with its options. [`Module::save_weights`] is `Saver::new()`.
///
/// ```
/// use weighbridge::{Module, Saver, Tensor};
///
/// #[derive(Module)]
/// struct Norm {
///     #[param(shape = [4])]
///     weight: Tensor<f32>,
/// }
///
/// # let scratch = tempfile::tempdir()?;
/// # let path = scratch.path().join("model.safetensors");
/// let norm = Norm { weight: Tensor::zeros([4]) };
/// Saver::new().metadata("format", "pt").save(&norm, path)?;   // transformers wants `format: pt`
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Saver {
    metadata: BTreeMap<String, String>,
    /// By the path of the parameter that is tied.
    ties: BTreeMap<String, TiedNote>,
    /// In bytes of tensors.
    max_shard_size: Option<u64>,
}

impl Saver {
    /// No metadata.
    pub fn new() -> Saver {
        Saver::default()
    }

    /// One entry of metadata.
    pub fn metadata(mut self, key: impl Into<String>, value: impl Into<String>) -> Saver {
        self.metadata.insert(key.into(), value.into());
        self
    }

    /// All metadata of a checkpoint, so that it is kept where the checkpoint is saved again.
    pub fn metadata_of(mut self, checkpoint: &Checkpoint) -> Saver {
        self.metadata.extend(checkpoint.metadata().clone());
        self
    }

    /// Of tied parameters, writes the names that the checkpoint of this report had. Otherwise only the one that the
    /// others are tied to is written.
    pub fn ties_of(mut self, report: &Report) -> Saver {
        self.ties.extend(report.shared.iter().map(|note| (note.path.clone(), note.clone())));
        self
    }

    /// Writes shards of at most so many bytes of tensors, as transformers does: `NAME-00001-of-00003.safetensors`, …, and
    /// `NAME.safetensors.index.json`, which names the shard of every tensor. A tensor that is larger has a shard of its
    /// own, and one shard alone is `NAME.safetensors`, without an index.
    ///
    /// The path of the save is then a directory (made if it is not there; `NAME` is `model`), or ends in
    /// `NAME.safetensors` or `NAME.safetensors.index.json`. Nothing is replaced: if files of these names are there, the
    /// save is refused.
    pub fn max_shard_size(mut self, bytes: u64) -> Saver {
        self.max_shard_size = Some(bytes);
        self
    }

    /// Writes the module's parameters in schema order, one after the other. To npz: stored, each aligned to 64 bytes. To
    /// safetensors: those of larger elements first, because the format has no gaps, and so every element is aligned.
    /// What a field takes `from` another layout is written as the file had it.
    ///
    /// The file is written beside the target and then takes its place, so that it may be the very file that the tensors
    /// were loaded from.
    ///
    /// # Errors
    /// If the extension is neither `.safetensors` nor `.npz`, the format cannot hold a name or a dtype, or the file
    /// cannot be written.
    pub fn save<M: Module>(&self, module: &M, path: impl AsRef<Path>) -> Result<(), SaveError> {
        let path = path.as_ref();
        let Walk { leaves: parameters, bad_key, .. } = walk(module);
        if let Some((parameter, reason)) = bad_key
            && let Some(parameter) = parameters.get(parameter)
        {
            return Err(SaveError::Name { path: parameter.path.clone(), reason });
        }
        let parameters = layout::in_file(parameters, &self.ties)?;
        let spec = |(name, view): &(String, View<'_>)| TensorSpec {
            name: name.clone(),
            dtype: view.dtype(),
            shape: view.shape().clone(),
        };
        let specs: Vec<TensorSpec> = parameters.iter().map(spec).collect();
        self.write(path, &specs, |number, sink| {
            let (name, view) = &parameters[number];
            sink.put(&bytes(name, view)?)
        })?;
        Ok(())
    }
}

fn bytes<'v>(name: &str, view: &'v View<'_>) -> Result<Cow<'v, [u8]>, SaveError> {
    let refuse = |source| SaveError::Parameter { path: name.to_owned(), source };
    let bytes = view.bytes().map_err(refuse)?;
    if view.shape().elements().and_then(|elements| view.dtype().size_of(elements)) != Some(bytes.len()) {
        let message = format!("its view has {} bytes, which are not {} {}", bytes.len(), view.dtype(), view.shape());
        return Err(refuse(ParameterError::new(message)));
    }
    Ok(bytes)
}
