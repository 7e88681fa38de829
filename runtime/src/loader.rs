//! Every option of a load, then one of four verbs.

use std::ops::ControlFlow;
use std::sync::Arc;

use weighbridge_memory::Unchanging;

use crate::error::LoadError;
use crate::limits::Limits;
use crate::load::{LoadOptions, Loaded};
use crate::module::Module;
use crate::plan::{Cast, Rule};
use crate::read::Progress;
use crate::report::Report;
use crate::saver::Saver;
use crate::source::Source;
use crate::write::SaveError;

/// A load with its options. `Loader::new()` is strict; what is let through is let through by name.
///
/// The whole table of what is checked and how each check is switched is on [one page](crate::docs::strictness).
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
pub struct Loader {
    pub(crate) options: LoadOptions,
}

impl<M: Module> Loaded<M> {
    /// Writes the module again, with the metadata of the checkpoint that it came from, and of tied parameters with the
    /// names that it had.
    ///
    /// # Errors
    /// See [`Saver::save`].
    pub fn save_weights(&self, path: impl AsRef<std::path::Path>) -> Result<(), SaveError> {
        Saver::new().metadata_of(&self.checkpoint).ties_of(&self.report).save(&self.module, path)
    }
}

impl Loader {
    /// A strict loader.
    pub fn new() -> Loader {
        Loader::default()
    }

    /// `false` is exactly MLX's `strict=False`: what is missing is kept as it was, what is unexpected is ignored, and
    /// shapes are not looked at. `true` is strict in all three. Later switches refine it.
    pub fn strict(self, strict: bool) -> Loader {
        let rule = if strict { Rule::Refuse } else { Rule::Allow };
        self.missing(rule).unexpected(rule).shapes(rule)
    }

    /// What is done about parameters that the source lacks. Allowed, an update leaves them as they were; a new module
    /// has nothing to leave, so for `load` and `check` they are an error all the same.
    pub fn missing(mut self, rule: Rule) -> Loader {
        self.options.policy.missing = rule;
        self
    }

    /// What is done about names that are no parameter's. Allowed, they are left alone and listed in the report.
    pub fn unexpected(mut self, rule: Rule) -> Loader {
        self.options.policy.unexpected = rule;
        self
    }

    /// What is done about other shapes. Allowed, they are taken where the field's type can hold them.
    pub fn shapes(mut self, rule: Rule) -> Loader {
        self.options.policy.shapes = rule;
        self
    }

    /// Which casts are made. A cast is noted in the report.
    pub fn cast(mut self, cast: Cast) -> Loader {
        self.options.policy.cast = cast;
        self
    }

    /// Names that may be in the source and are left alone; `*` stands for any run of characters. They are the names
    /// after renaming. A pattern that fits none is noted in the report.
    pub fn ignore<P: Into<String>>(mut self, patterns: impl IntoIterator<Item = P>) -> Loader {
        self.options.policy.ignore.extend(patterns.into_iter().map(Into::into));
        self
    }

    /// Fixes a named dimension, or a named length, before the load.
    pub fn dim(mut self, name: impl Into<String>, value: usize) -> Loader {
        self.options.policy.dims.insert(name.into(), value);
        self
    }

    /// Takes a prefix off the names that have it. Renamings apply in the order in which they are asked for.
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

    /// What a file may ask for before it is refused.
    pub fn limits(mut self, limits: Limits) -> Loader {
        self.options.opening.limits = limits;
        self
    }

    /// Where tensors are made: a device of a tensor library, such as `candle_core::Device`. One of each type.
    pub fn device<D: Send + Sync + 'static>(mut self, device: D) -> Loader {
        self.options.devices.insert(device);
        self
    }

    /// Maps files instead of reading them: a tensor whose elements lie in a file as it wants them points into it, so that
    /// nothing is read until it is touched; what is cast, composed, unaligned or a `BOOL` is copied. The report counts
    /// both. Other sources are not concerned.
    ///
    /// [Ways to hold weights](crate::docs::loading) has what each way costs, and when it is right.
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
    /// No file that this loader, or a clone of it, opens is written to or cut, in this process or another, from when it is
    /// opened until the call has ended, whatever came of it, and every tensor, module and [`Checkpoint`] that came from it is
    /// dropped. Nor is it on a file system whose contents change by themselves, as when another machine writes to them.
    /// Rust takes it that what is behind a shared reference does not change: a file that does is undefined behaviour, and one
    /// that is cut ends the program with a signal when the lost part is touched. A file that is replaced by another of its
    /// name is not changed: the old one stays until it is let go, and this is how [`Saver`] and careful tools write. `cp`
    /// and most downloads write into the file that is there.
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

    /// How many threads read. By default as many as there are cores, at most 4, and one for less than 16 MiB to copy or
    /// 1 MiB to inflate. The result, and which error is reported, do not depend on it.
    pub fn threads(mut self, threads: usize) -> Loader {
        self.options.reading.threads = Some(threads);
        self
    }

    /// Called after each tensor, and after each part of a large one, from the thread that read it and never from two at
    /// once, nor after `Break`, which cancels the load and changes nothing. Of a stream, what was given before is the
    /// caller's.
    pub fn progress(mut self, progress: impl Fn(Progress) -> ControlFlow<()> + Send + Sync + 'static) -> Loader {
        self.options.reading.progress = Some(Arc::new(progress));
        self
    }

    /// Shows the progress of a load on a bar of [`indicatif`], in bytes. The bar gets its length when the first bytes are
    /// there, and is finished with the last ones; after an error it stays as it is. In the place of
    /// [`progress`](Loader::progress). With the feature `indicatif`; the bar is of version 0.18 of that crate.
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
        self.progress(move |Progress { bytes_read, bytes_total }| {
            bar.set_length(bytes_total);
            bar.set_position(bytes_read);
            if bytes_read == bytes_total {
                bar.finish();
            }
            ControlFlow::Continue(())
        })
    }

    /// Builds a module. Lists without a length, maps and options take the source's.
    ///
    /// # Errors
    /// [`LoadError::Mismatch`] with the whole report, before any tensor is read; or what is wrong with the file.
    pub fn load<M: Module>(&self, source: impl Into<Source>) -> Result<Loaded<M>, LoadError> {
        self.options.load(source.into())
    }

    /// Replaces the parameters of a module, or none of them. The module keeps its structure: a list its length, an
    /// option its presence, a map its keys; what the source has beyond is unexpected.
    ///
    /// # Errors
    /// As [`Loader::load`]. The module is then as it was, whichever tensor turned out to be damaged.
    pub fn update<M: Module>(&self, module: &mut M, source: impl Into<Source>) -> Result<Report, LoadError> {
        self.options.update(module, source.into())
    }

    /// Checks a source against a module's type: reads headers only. A [lock](mod@crate::lock) will do.
    ///
    /// # Errors
    /// As [`Loader::load`], but for what only the tensors' bytes can show.
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
