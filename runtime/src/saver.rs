//! The options of a save, and the calls that use them.

use std::path::{Path, PathBuf};

use weighbridge_checkpoint::{Checkpoint, Sink, TensorSpec, WriteError, write};

use crate::module::Module;
use crate::report::Report;
use crate::save::{SaveError, SaveOptions, Snapshot};

/// A save with its options. [`Module::save_weights`] saves with none of them.
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
#[must_use = "a saver does nothing before `save`, `snapshot` or `write`"]
pub struct Saver {
    options: SaveOptions,
}

impl Saver {
    /// A saver without metadata.
    pub fn new() -> Saver {
        Saver::default()
    }

    /// Adds one entry of metadata.
    pub fn metadata(mut self, key: impl Into<String>, value: impl Into<String>) -> Saver {
        self.options.write.metadata.insert(key.into(), value.into());
        self
    }

    /// Adds all metadata of a checkpoint, so that the checkpoint keeps it when it is saved again.
    pub fn metadata_of(mut self, checkpoint: &Checkpoint) -> Saver {
        self.options.write.metadata.extend(checkpoint.metadata().clone());
        self
    }

    /// Writes tied parameters under the names that the checkpoint of this report had. Without it, a save writes only the one
    /// that the others are tied to. Where `tied_when` decides, the report says what it came to; without it, the parameters are
    /// tied if their values are equal. Notes in the report about parameters that the module does not have change nothing.
    pub fn ties_of(mut self, report: &Report) -> Saver {
        let ties = self.options.ties.get_or_insert_default();
        ties.extend(report.shared.iter().map(|note| (note.path.clone(), note.clone())));
        self
    }

    /// Takes over what the load of this report found for names that layouts are computed from. Without it, the shapes of the
    /// module say what they are, as far as they do.
    pub fn dims_of(mut self, report: &Report) -> Saver {
        self.options.dims.extend(report.dims.iter().map(|(name, number)| (name.clone(), *number)));
        self
    }

    /// Writes shards of at most so many bytes of tensors, as transformers does: `NAME-00001-of-00003.safetensors`, …, and
    /// `NAME.safetensors.index.json`, which names the shard of every tensor. A larger tensor has a shard of its own, and a
    /// single shard is `NAME.safetensors`, without an index.
    ///
    /// The path of the save is then a directory, or ends in `NAME.safetensors` or `NAME.safetensors.index.json`. A missing
    /// directory is made; `NAME` in it is `model`. Nothing is replaced: if files of these names exist, the save is refused.
    pub fn max_shard_size(mut self, bytes: u64) -> Saver {
        self.options.write.max_shard_size = Some(bytes);
        self
    }

    /// Writes the module's parameters in schema order. In npz each is stored without compression, aligned to 64 bytes. In
    /// safetensors larger elements come first: the format has no gaps, and so every element is aligned. A parameter that is
    /// loaded `from` another layout is written in that layout.
    ///
    /// The file is written beside the target and then takes its place, so that you can save to the very file that the
    /// tensors were loaded from.
    ///
    /// # Errors
    /// If the extension is neither `.safetensors` nor `.npz`, the format cannot hold a name or a dtype, or the file
    /// cannot be written.
    pub fn save<M: Module>(&self, module: &M, path: impl AsRef<Path>) -> Result<(), SaveError> {
        self.options.save(module, path.as_ref())
    }

    /// Copies the module's parameters as they are now. You can write them later, or in a thread while the module is trained on.
    /// In memory they take as much as the file.
    ///
    /// ```
    /// # use weighbridge::{Module, Saver, Tensor};
    /// # #[derive(Module)]
    /// # struct Norm {
    /// #     #[param(shape = [4])]
    /// #     weight: Tensor<f32>,
    /// # }
    /// # let scratch = tempfile::tempdir()?;
    /// # let path = scratch.path().join("model.safetensors");
    /// let mut norm = Norm { weight: Tensor::zeros([4]) };
    /// let snapshot = Saver::new().snapshot(&norm)?;
    /// let saving = std::thread::spawn(move || snapshot.save(path));
    /// norm.weight = Tensor::new([4], vec![1.0; 4])?;              // the file has zeros
    /// saving.join().unwrap()?;
    /// # assert_eq!(Norm::from_weights(scratch.path().join("model.safetensors"))?.weight.as_slice(), [0.0; 4]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If a parameter's bytes cannot be fetched, tied parameters differ, or the key of a map cannot be in a path.
    pub fn snapshot<M: Module>(&self, module: &M) -> Result<Snapshot, SaveError> {
        self.options.snapshot(module)
    }

    /// Writes tensors that need not be in memory. It calls `fill` once for each, with the tensor's number in `tensors`, and
    /// `fill` puts the elements into the sink, in pieces of any length. The format decides the order, as in
    /// [`Saver::save`]. Returns the files that were written; after shards, the index is the last.
    ///
    /// ```
    /// use weighbridge::{Checkpoint, DType, Saver, TensorSpec};
    ///
    /// # let scratch = tempfile::tempdir()?;
    /// # let path = scratch.path().join("ramp.safetensors");
    /// let ramp = TensorSpec::new("ramp", DType::F32, [1000]);
    /// Saver::new().write(&path, &[ramp], |_, sink| (0..1000u16).try_for_each(|i| sink.put(&f32::from(i).to_le_bytes())))?;
    /// assert_eq!(Checkpoint::open(path)?.get("ramp").unwrap().byte_len(), 4000);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Saver::save`], and whatever `fill` returns. An existing file is left as it was.
    pub fn write<E: From<WriteError>>(
        &self,
        path: impl AsRef<Path>,
        tensors: &[TensorSpec],
        fill: impl FnMut(usize, &mut Sink<'_>) -> Result<(), E>,
    ) -> Result<Vec<PathBuf>, E> {
        write(path.as_ref(), tensors, &self.options.write, fill)
    }
}
