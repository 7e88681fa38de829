//! The options of a load, and the calls that use them.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;
use weighbridge_checkpoint::read::Progress;
use weighbridge_checkpoint::{DType, Limits, Renames, Source};
use weighbridge_memory::Unchanging;

use crate::config::ConfigSource;
use crate::error::LoadError;
use crate::load::{LoadOptions, Loaded};
use crate::module::Module;
use crate::plan::{Cast, Rule};
use crate::report::Report;
use crate::save::SaveError;
use crate::saver::Saver;

/// A load with its options. `Loader::new()` is strict: it lets nothing through that you do not name.
///
/// [One page](crate::docs::strictness) lists every check and how to switch it.
///
/// ```
/// use weighbridge::{Cast, Loader, Module, Tensor};
///
/// #[derive(Module)]
/// struct Norm {
///     #[param(shape = ["hidden"])]
///     weight: Tensor<f32>,
/// }
///
/// let pairs = [
///     ("model.weight", weighbridge::AnyTensor::from(Tensor::<half::bf16>::zeros([8]))),
///     ("model.rotary_emb.inv_freq", Tensor::<f32>::zeros([4]).into()),
/// ];
/// let loaded = Loader::new()
///     .strip_prefix("model.")
///     .ignore(["*rotary_emb.inv_freq"])
///     .cast(Cast::Lossless)
///     .dim("hidden", 8)
///     .load::<Norm>(pairs)?;
/// assert_eq!(loaded.report.cast.len(), 1);
/// # Ok::<(), weighbridge::LoadError>(())
/// ```
#[derive(Clone, Default)]
#[must_use = "a loader does nothing before `load`, `update`, `stream` or `check`"]
pub struct Loader {
    pub(crate) options: LoadOptions,
}

impl<M: Module> Loaded<M> {
    /// Writes the module again, with the metadata of its checkpoint, and with the names that the checkpoint had of tied
    /// parameters.
    ///
    /// # Errors
    /// See [`Saver::save`].
    pub fn save_weights(&self, path: impl AsRef<std::path::Path>) -> Result<(), SaveError> {
        Saver::new().metadata_of(&self.checkpoint).ties_of(&self.report).dims_of(&self.report).save(&self.module, path)
    }
}

impl Loader {
    /// A strict loader.
    pub fn new() -> Loader {
        Loader::default()
    }

    /// `false` does exactly what MLX's `strict=False` does: missing parameters stay as they were, unexpected names are
    /// ignored, and shapes are not checked. `true` is strict in all three. Later switches refine it.
    pub fn strict(self, strict: bool) -> Loader {
        let rule = if strict { Rule::Refuse } else { Rule::Allow };
        self.missing(rule).unexpected(rule).shapes(rule)
    }

    /// What to do about parameters that the source lacks. If they are allowed, an update leaves them as they were. A new
    /// module has no values to keep, so for `load` and `check` they are an error all the same.
    pub fn missing(mut self, rule: Rule) -> Loader {
        self.options.policy.missing = rule;
        self
    }

    /// What to do about names that no parameter takes. If they are allowed, the load ignores them and lists them in the
    /// report.
    pub fn unexpected(mut self, rule: Rule) -> Loader {
        self.options.policy.unexpected = rule;
        self
    }

    /// What to do about tensors of another shape. If they are allowed, a parameter takes one that its type can hold.
    pub fn shapes(mut self, rule: Rule) -> Loader {
        self.options.policy.shapes = rule;
        self
    }

    /// Which casts the load may make. The report notes each.
    pub fn cast(mut self, cast: Cast) -> Loader {
        self.options.policy.cast = cast;
        self
    }

    /// The dtype of parameters whose type holds several floats, as `candle_core::Tensor` and `AnyTensor` do, if the source has
    /// floats for them: what the dtype of candle's `VarBuilder` is. It allows the casts from float to float that it needs, and
    /// no other. The report notes each.
    ///
    /// A dtype that is no float, or that nothing is cast to, is [`LoadError::NoFloat`], before anything is read.
    ///
    /// ```
    /// # use weighbridge::{AnyTensor, DType, Loader, Module, Tensor};
    /// # #[derive(Module)]
    /// # struct Linear {
    /// #     #[param(shape = [2])]
    /// #     weight: AnyTensor,
    /// # }
    /// let file = [("weight", Tensor::<half::bf16>::zeros([2]))];
    /// let loaded = Loader::new().dtype(DType::F32).load::<Linear>(file)?;
    /// assert_eq!((loaded.module.weight.dtype(), loaded.report.cast.len()), (DType::F32, 1));
    /// # Ok::<(), weighbridge::LoadError>(())
    /// ```
    pub fn dtype(mut self, dtype: DType) -> Loader {
        self.options.policy.dtype = Some(dtype);
        self
    }

    /// Names of the source to ignore: a name that a pattern fits is as if it were not in the checkpoint. `*` stands for any
    /// characters. They are the names after renaming. The report notes what was ignored, and a pattern that fits no name.
    pub fn ignore<P: Into<String>>(mut self, patterns: impl IntoIterator<Item = P>) -> Loader {
        self.options.policy.ignore.extend(patterns.into_iter().map(Into::into));
        self
    }

    /// Parameters that an update leaves as they are, whatever the file has for them. The patterns fit paths of the module's
    /// parameters; `*` stands for any characters. All others stay strict. A named dim has one number throughout a load, also in the
    /// values that are kept. The report notes what was kept, what the file has for
    /// it, and a pattern that fits no parameter.
    ///
    /// Tied parameters are one tensor, so keep all of them or none. A new module has no values to keep: `load`, `stream` and
    /// `check` are [`LoadError::Keep`], before anything is read.
    ///
    /// ```
    /// # use weighbridge::{Loader, Module, Tensor};
    /// # #[derive(Module)]
    /// # struct Classifier {
    /// #     #[param(shape = [4])]
    /// #     body: Tensor<f32>,
    /// #     #[param(shape = [3])]
    /// #     head: Tensor<f32>,
    /// # }
    /// # let mut model = Classifier { body: Tensor::zeros([4]), head: Tensor::zeros([3]) };
    /// // the file has a head for 1000 classes, and the model one for 3
    /// let file = [("body", Tensor::<f32>::zeros([4])), ("head", Tensor::zeros([1000]))];
    /// let report = Loader::new().keep(["head*"]).update(&mut model, file)?;
    /// assert_eq!((report.kept, report.ignored), (vec!["head".to_owned()], vec!["head".to_owned()]));
    /// # Ok::<(), weighbridge::LoadError>(())
    /// ```
    pub fn keep<P: Into<String>>(mut self, patterns: impl IntoIterator<Item = P>) -> Loader {
        self.options.policy.keep.extend(patterns.into_iter().map(Into::into));
        self
    }

    /// Fixes a named dim, or a named length, before the load. A name that the module does not have is
    /// [`LoadError::UnknownDim`], before anything is read.
    pub fn dim(mut self, name: impl Into<String>, value: usize) -> Loader {
        self.options.policy.dims.insert(name.into(), value);
        self
    }

    /// The configuration of the model, which is often the struct that `config.json` is deserialised to: anything that
    /// serialises to a map. Its numbers, booleans and strings are the values of the names that the module has; those inside
    /// of a map or a list have dots: `text_config.hidden_size`, `hidden_sizes.0`. `null` is absent. It may have more than the
    /// module asks for.
    ///
    /// A load has one configuration. One that serialises to no map, or not at all, is [`LoadError::Config`], before
    /// anything is read.
    pub fn config(mut self, config: &(impl Serialize + ?Sized)) -> Loader {
        self.options.configs.push(ConfigSource::value(config));
        self
    }

    /// The configuration of the model in a JSON file, as [`config`](Loader::config) takes it. The path may be an address of the
    /// [Hub's cache](crate::docs::sources). The file is read when a load begins, as strictly as a header: a key that an object has twice is an error, and so is a file of more bytes than
    /// [`Limits::config_byte_len`].
    ///
    /// It may also be a GGUF file, such as the one that is loaded: its metadata is the configuration then, and a key is a name, as in
    /// `shape = ["llama.vocab_size", "llama.embedding_length"]`. Arrays of more than 1,000 items are left out of it, and so is a key that
    /// is the beginning of others.
    pub fn config_file(mut self, path: impl AsRef<Path>) -> Loader {
        self.options.configs.push(ConfigSource::File(path.as_ref().to_owned()));
        self
    }

    /// Takes a prefix off the names that have it. Renamings apply in the order in which they are asked for, and one that
    /// changes no name is noted in the report.
    pub fn strip_prefix(mut self, prefix: impl Into<String>) -> Loader {
        self.options.policy.renames = self.options.policy.renames.strip_prefix(prefix);
        self
    }

    /// Puts a prefix before every name.
    pub fn add_prefix(mut self, prefix: impl Into<String>) -> Loader {
        self.options.policy.renames = self.options.policy.renames.add_prefix(prefix);
        self
    }

    /// Renames a tensor, or everything below a module: `rename("transformer.h", "model.layers")`.
    pub fn rename(mut self, from: impl Into<String>, to: impl Into<String>) -> Loader {
        self.options.policy.renames = self.options.policy.renames.rename(from, to);
        self
    }

    /// Replaces every match of a regular expression in a name: `rename_regex(r"^h(\d+)\.", "layers.$1.")`. In `to`, `$1` or
    /// `${1}` stands for what the first group matched. This takes the feature `regex`.
    ///
    /// If the pattern is no regular expression, or `to` names a group that it does not have, every load is
    /// [`LoadError::Regex`], before anything is read.
    #[cfg(feature = "regex")]
    pub fn rename_regex(mut self, pattern: &str, to: impl Into<String>) -> Loader {
        match std::mem::take(&mut self.options.policy.renames).rename_regex(pattern, to) {
            Ok(renames) => self.options.policy.renames = renames,
            Err(error) => self.options.mistake = self.options.mistake.or(Some(error)),
        }
        self
    }

    /// Adds renamings to those that there are, as if you called the methods of the same names.
    pub fn renames(mut self, renames: Renames) -> Loader {
        self.options.policy.renames = self.options.policy.renames.append(renames);
        self
    }

    /// Loads one module of a larger file: only what is below this path, under names relative to it. All other names are as if
    /// they were not in the checkpoint. The path is as the file has it, or with dots in place of the
    /// [`separator`](Loader::separator). It applies before every renaming, wherever you call it.
    ///
    /// ```
    /// # use weighbridge::{Loader, Module, Tensor};
    /// # #[derive(Module)]
    /// # struct Vae {
    /// #     #[param(shape = [2])]
    /// #     scale: Tensor<f32>,
    /// # }
    /// let file = [("first_stage_model.scale", Tensor::<f32>::zeros([2])), ("model.diffusion_model.scale", Tensor::zeros([3]))];
    /// let vae = Loader::new().subtree("first_stage_model").load::<Vae>(file)?;
    /// # assert!(vae.report.ignored.is_empty());
    /// # Ok::<(), weighbridge::LoadError>(())
    /// ```
    pub fn subtree(mut self, path: impl Into<String>) -> Loader {
        self.options.policy.renames = self.options.policy.renames.subtree(path);
        self
    }

    /// Reads this character as a dot, wherever a name has it: `separator('/')` for the files of Flax and Keras. It applies
    /// before every renaming but [`subtree`](Loader::subtree), wherever you call it.
    pub fn separator(mut self, separator: char) -> Loader {
        self.options.policy.renames = self.options.policy.renames.separator(separator);
        self
    }

    /// How much a file may ask for before it is refused.
    pub fn limits(mut self, limits: Limits) -> Loader {
        self.options.opening.limits = limits;
        self
    }

    /// Where tensors are made: a device of a tensor library, such as `candle_core::Device`. One of each type; one that no
    /// parameter asks for is noted in the report.
    pub fn device<D: Send + Sync + 'static>(mut self, device: D) -> Loader {
        self.options.devices.insert(device);
        self
    }

    /// Maps files instead of reading them. A tensor that a file has just as the parameter wants it is used in place, so that
    /// nothing is read until it is touched; a tensor that is cast, composed, unaligned or a `BOOL` is copied. The report
    /// counts both. This has no effect on sources that are not files.
    ///
    /// [Ways to hold weights](crate::docs::loading) says what each way costs, and when to use it.
    ///
    /// ```
    /// # use weighbridge::{Loader, Module, Tensor};
    /// # #[derive(Module)]
    /// # struct Linear {
    /// #     #[param(shape = [10, 10])]
    /// #     weight: Tensor<f32>,
    /// #     #[param(shape = [10])]
    /// #     bias: Tensor<f32>,
    /// # }
    /// # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/mlx/linear.safetensors");
    /// // SAFETY: the file is a part of this installation, and nobody writes to it while the program runs
    /// let loaded = unsafe { Loader::new().mapped() }.load::<Linear>(path)?;
    /// assert_eq!(loaded.report.memory_use.map(|held| held.in_place.tensor_count), Some(2));
    /// # Ok::<(), weighbridge::LoadError>(())
    /// ```
    ///
    /// # Safety
    /// You promise that nothing, in this process or another, writes to or truncates a file that this loader or a clone of it
    /// opens. The promise holds from when the file is opened until the call has returned, whatever it returns, and every
    /// tensor, module and [`Checkpoint`](crate::Checkpoint) that came from it is dropped. You also promise that the file is
    /// not on a file system whose contents change by themselves, for example because another machine writes to them.
    ///
    /// Rust assumes that memory behind a shared reference does not change: if the file does, the behaviour is undefined, and
    /// if it is truncated, touching the lost part ends the program with a signal. Replacing a file by another of its name
    /// does not change it: the mapping keeps the old one. [`Saver`] and careful tools write like that; `cp` and most
    /// downloads write into the existing file.
    #[allow(
        unsafe_code,
        reason = "what the system does to a mapped file, no type can rule out: the caller promises it"
    )]
    pub unsafe fn mapped(mut self) -> Loader {
        // SAFETY: the caller promises that no file that is mapped changes from when it is opened until all that came from it
        // is dropped, and so while its mapping lives, which is what `Unchanging` stands for
        self.options.opening.map = Some(unsafe { Unchanging::promise() });
        self
    }

    /// How many threads read. The default is one for each core, at most 4, and a single one for less than 16 MiB to copy or
    /// 1 MiB to inflate. Neither the result nor the reported error depends on it.
    pub fn threads(mut self, threads: usize) -> Loader {
        self.options.reading.threads = Some(threads);
        self
    }

    /// Calls this after each tensor, and after each part of a large one, from the thread that read it, one call at a time.
    /// `Break` cancels the load: nothing is changed, and there are no more calls. What a stream has given you by then is
    /// yours.
    pub fn progress(mut self, progress: impl Fn(Progress) -> ControlFlow<()> + Send + Sync + 'static) -> Loader {
        self.options.reading.progress = Some(Arc::new(progress));
        self
    }

    /// Shows the progress of a load on a bar of [`indicatif`] 0.18, in bytes. The bar gets its length with the first bytes
    /// and is finished with the last ones; after an error it stays as it is. It replaces [`progress`](Loader::progress).
    /// This takes the feature `indicatif`.
    ///
    /// ```
    /// use indicatif::{ProgressBar, ProgressStyle};
    /// # use weighbridge::{Loader, Module, Tensor};
    /// # #[derive(Module)]
    /// # struct Norm {
    /// #     #[param(shape = [2])]
    /// #     weight: Tensor<f32>,
    /// # }
    ///
    /// let style = ProgressStyle::with_template("{bar:40} {bytes} of {total_bytes}, {binary_bytes_per_sec}")?;
    /// let bar = ProgressBar::no_length().with_style(style);
    /// Loader::new().progress_bar(bar.clone()).load::<Norm>([("weight", Tensor::<f32>::zeros([2]))])?;
    /// assert!(bar.is_finished());
    /// assert_eq!((bar.position(), bar.length()), (8, Some(8)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "indicatif")]
    pub fn progress_bar(self, bar: indicatif::ProgressBar) -> Loader {
        self.progress(move |Progress { bytes_read, bytes_total, .. }| {
            bar.set_length(bytes_total);
            bar.set_position(bytes_read);
            if bytes_read == bytes_total {
                bar.finish();
            }
            ControlFlow::Continue(())
        })
    }

    /// Builds a module. The source decides the lengths of lists without one, the keys of maps, and which options are there.
    ///
    /// # Errors
    /// [`LoadError::Mismatch`] with the whole report, before any tensor is read, or what is wrong with the file.
    pub fn load<M: Module>(&self, source: impl Into<Source>) -> Result<Loaded<M>, LoadError> {
        self.options.load(source.into())
    }

    /// Replaces all parameters of a module, or none. The module keeps its structure: the lengths of lists, the keys of maps,
    /// and which options are there. Anything that the source has beyond that is unexpected.
    ///
    /// # Errors
    /// As [`Loader::load`]. The module is then as it was, even if only the last tensor was damaged.
    pub fn update<M: Module>(&self, module: &mut M, source: impl Into<Source>) -> Result<Report, LoadError> {
        self.options.update(module, source.into())
    }

    /// Checks a source against a module's type. Reads only headers, so that a [lock](mod@crate::lock) will do.
    ///
    /// # Errors
    /// As [`Loader::load`], except for what only the tensors' bytes can show.
    pub fn check<M: Module>(&self, source: impl Into<Source>) -> Result<Report, LoadError> {
        self.options.check::<M>(source.into())
    }
}

impl std::fmt::Debug for Loader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let LoadOptions { policy, opening, .. } = &self.options;
        f.debug_struct("Loader").field("policy", policy).field("opening", opening).finish_non_exhaustive()
    }
}
