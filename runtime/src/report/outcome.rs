//! The outcome of a check, as data.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};

use weighbridge_checkpoint::{DType, Rename};
use weighbridge_lock::visible;

use serde::{Deserialize, Serialize};

use super::finding::{Finding, FindingKind};
use super::note::{AliasNote, CastNote, DTypeCount, MemoryUse, TiedNote, UnsaidNote, option_dtype_name};

/// The outcome of a check: everything that is wrong, in a stable order and with the nearest cause, and what was let through
/// because the options of the [`Loader`](crate::Loader) or the declarations of the type allow it.
///
/// `Display` gives the text, without colours; `serde` gives the data. Each kind of finding has a list of its own, and
/// [`findings`](Report::findings) goes through all of them.
///
/// ```
/// use weighbridge::{DType, FindingKind, Loader, Module, Tensor};
///
/// #[derive(Module)]
/// struct Norm {
///     #[param(shape = [4])]
///     weight: Tensor<f32>,
/// }
///
/// let refused = Loader::new().check::<Norm>([("weight", Tensor::<f32>::zeros([5]))]).unwrap_err();
/// let report = refused.report().unwrap();
/// for (kind, finding) in report.findings() {
///     assert_eq!((kind, finding.path.as_str()), (FindingKind::Shape, "weight"));
///     assert_eq!(*finding.expected.as_ref().unwrap().shape().unwrap(), [4]);
///     assert_eq!(finding.to_string(), "`weight`: expected [4], found [5]");
/// }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Report {
    /// Whether the checkpoint fits: all lists of findings are empty.
    pub ok: bool,
    /// The file, or what was given instead of one.
    pub checkpoint: String,
    /// The module's type.
    pub module: String,
    /// How many parameters the module has.
    pub parameter_count: usize,
    /// How many of them have an entry that fits.
    pub fitting_count: usize,
    /// Values of the configuration that contradict the checkpoint, or the type of a field.
    #[serde(default)]
    pub config: Vec<Finding>,
    /// In the schema, not in the checkpoint.
    pub missing: Vec<Finding>,
    /// In the checkpoint, not in the schema.
    pub unexpected: Vec<Finding>,
    /// Tensors of another shape.
    pub shape: Vec<Finding>,
    /// Tensors of another dtype.
    pub dtype: Vec<Finding>,
    /// Two entries for one parameter: the same name twice, in two shards, after renaming, under two aliases.
    pub duplicate: Vec<Finding>,
    /// Names that contradict each other or the schema: one is a prefix of another, an index is not canonical, a list
    /// has a gap.
    pub name: Vec<Finding>,
    /// A named dim, or the named length of a list, that is one number here and another there.
    pub dim: Vec<Finding>,
    /// Tied tensors that differ.
    pub tied: Vec<Finding>,
    /// Enums for which no variant fits, or several do.
    pub variant: Vec<Finding>,
    /// Causes of many findings at once, such as a common prefix or a quantised file. The text shows them first.
    pub hints: Vec<String>,

    /// Parameters that were left as they were, because [`Loader::keep`](crate::Loader::keep) or
    /// [`Loader::missing`](crate::Loader::missing) says so.
    pub kept: Vec<String>,
    /// Names that were ignored, because a pattern or [`Loader::unexpected`](crate::Loader::unexpected) says so, or because they
    /// are those of a parameter that [`Loader::keep`](crate::Loader::keep) keeps.
    pub ignored: Vec<String>,
    /// Patterns of `ignore` that no entry fits: they may be out of date.
    pub stale_ignores: Vec<String>,
    /// Patterns of [`Loader::keep`](crate::Loader::keep) that no parameter fits.
    #[serde(default)]
    pub stale_keeps: Vec<String>,
    /// Renamings of the loader that changed no name: they may be misspelt.
    pub stale_renames: Vec<Rename>,
    /// Devices of the loader, by their types, that no parameter asked for. A check makes no parameters, and lists none.
    pub stale_devices: Vec<String>,
    /// The dtype of [`Loader::dtype`](crate::Loader::dtype), if no parameter has floats and a type that holds several.
    #[serde(default, with = "option_dtype_name")]
    pub stale_dtype: Option<DType>,
    /// Names of the module that the configuration lacks and that nothing else says, so that the checkpoint decides them: they may
    /// be misspelt. Empty without a configuration.
    #[serde(default)]
    pub unsaid: Vec<UnsaidNote>,
    /// The dtypes of the parameters whose type and `dtype` leave several, the most frequent first. A tied parameter counts where the
    /// checkpoint has a tensor for it.
    #[serde(default)]
    pub dtypes: Vec<DTypeCount>,
    /// Parameters of another shape that were taken, because [`Loader::shapes`](crate::Loader::shapes) allows it.
    pub reshaped: Vec<String>,
    /// Parameters that are cast while they are read, with the two dtypes.
    pub cast: Vec<CastNote>,
    /// Parameters that were found under another of their names.
    pub aliased: Vec<AliasNote>,
    /// Parameters that are tied to another, and which of their names the checkpoint has.
    pub shared: Vec<TiedNote>,
    /// The numbers of the named dims.
    pub dims: BTreeMap<String, usize>,
    /// Where the elements of the parameters are, after a load from [mapped](crate::Loader::mapped) files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_use: Option<MemoryUse>,
}

/// Escapes what cannot be seen in a text, if there is any.
fn show(text: &mut String) {
    if let Cow::Owned(shown) = visible(text) {
        *text = shown;
    }
}

impl Report {
    /// The number of a named dim or a named length.
    ///
    /// ```
    /// use weighbridge::{Loader, Module, Tensor};
    ///
    /// #[derive(Module)]
    /// struct Embedding {
    ///     #[param(shape = ["vocab", 4])]
    ///     weight: Tensor<f32>,
    /// }
    ///
    /// let report = Loader::new().check::<Embedding>([("weight", Tensor::<f32>::zeros([7, 4]))])?;
    /// assert_eq!(report.dim("vocab"), Some(7));
    /// # Ok::<(), weighbridge::LoadError>(())
    /// ```
    pub fn dim(&self, name: &str) -> Option<usize> {
        self.dims.get(name).copied()
    }

    /// Every finding with its kind, in the order of the text: by kind, as [`FindingKind::ALL`] has them, then by path.
    pub fn findings(&self) -> impl Iterator<Item = (FindingKind, &Finding)> {
        self.by_kind().flat_map(|(kind, findings)| findings.iter().map(move |finding| (kind, finding)))
    }

    /// The findings of one kind: the list that the field of this name has.
    pub fn of_kind(&self, kind: FindingKind) -> &[Finding] {
        match kind {
            FindingKind::Config => &self.config,
            FindingKind::Missing => &self.missing,
            FindingKind::Unexpected => &self.unexpected,
            FindingKind::Shape => &self.shape,
            FindingKind::DType => &self.dtype,
            FindingKind::Duplicate => &self.duplicate,
            FindingKind::Name => &self.name,
            FindingKind::Dim => &self.dim,
            FindingKind::Tied => &self.tied,
            FindingKind::Variant => &self.variant,
        }
    }

    /// The lists of findings in the order in which they are reported.
    pub(crate) fn by_kind(&self) -> impl Iterator<Item = (FindingKind, &[Finding])> {
        FindingKind::ALL.iter().map(|&kind| (kind, self.of_kind(kind)))
    }

    /// Counts a parameter of a dtype.
    pub(crate) fn count_dtype(&mut self, dtype: DType, parameter_count: usize) {
        match self.dtypes.iter_mut().find(|one| one.dtype == dtype) {
            Some(one) => one.parameter_count += parameter_count,
            None => self.dtypes.push(DTypeCount { dtype, parameter_count }),
        }
    }

    /// Adds what a part of the walk found.
    pub(crate) fn absorb(&mut self, mut part: Report) {
        self.parameter_count += part.parameter_count;
        self.fitting_count += part.fitting_count;
        self.config.append(&mut part.config);
        self.missing.append(&mut part.missing);
        self.unexpected.append(&mut part.unexpected);
        self.shape.append(&mut part.shape);
        self.dtype.append(&mut part.dtype);
        self.duplicate.append(&mut part.duplicate);
        self.name.append(&mut part.name);
        self.dim.append(&mut part.dim);
        self.tied.append(&mut part.tied);
        self.variant.append(&mut part.variant);
        self.hints.append(&mut part.hints);
        self.kept.append(&mut part.kept);
        self.ignored.append(&mut part.ignored);
        self.reshaped.append(&mut part.reshaped);
        for DTypeCount { dtype, parameter_count } in part.dtypes {
            self.count_dtype(dtype, parameter_count);
        }
        self.cast.append(&mut part.cast);
        self.aliased.append(&mut part.aliased);
        self.shared.append(&mut part.shared);
    }

    fn lists_mut(&mut self) -> [&mut Vec<Finding>; 10] {
        [
            &mut self.config,
            &mut self.missing,
            &mut self.unexpected,
            &mut self.shape,
            &mut self.dtype,
            &mut self.duplicate,
            &mut self.name,
            &mut self.dim,
            &mut self.tied,
            &mut self.variant,
        ]
    }

    /// Every finding of every kind.
    pub(crate) fn findings_mut(&mut self) -> impl Iterator<Item = &mut Finding> {
        self.lists_mut().into_iter().flatten()
    }

    /// The report with another text in place of each hint, or without it: for programs whose users need other remedies than code.
    ///
    /// ```
    /// # use weighbridge::{LoadError, Loader, Module, Tensor};
    /// # #[derive(Module)]
    /// # struct Norm {
    /// #     #[param(shape = [2])]
    /// #     weight: Tensor<f32>,
    /// # }
    /// let file = [("model.weight", Tensor::<f32>::zeros([2]))];
    /// let Err(LoadError::Mismatch(report)) = Loader::new().check::<Norm>(file) else { unreachable!() };
    /// assert!(report.to_string().contains("say `Loader::new().strip_prefix"));
    /// let causes = report.map_hints(|hint| hint.split_once("; ").map(|(cause, _)| cause.to_owned()));
    /// assert!(!causes.to_string().contains("Loader"));
    /// ```
    #[must_use]
    pub fn map_hints(mut self, mut text: impl FnMut(&str) -> Option<String>) -> Report {
        let mut change = |hints: &mut Vec<String>| {
            *hints = hints.iter().filter_map(|hint| text(hint)).collect();
            hints.iter_mut().for_each(show);
        };
        change(&mut self.hints);
        self.findings_mut().for_each(|finding| change(&mut finding.hints));
        self
    }

    /// Sorts every list, and sets `ok`. What is to be read and not compared, as hints are, has no hidden character after it.
    pub(crate) fn finish(&mut self) {
        for finding in self.findings_mut() {
            finding.hints.iter_mut().for_each(show);
            [&mut finding.expected, &mut finding.found].into_iter().flatten().for_each(|side| show(&mut side.text));
        }
        self.hints.iter_mut().for_each(show);
        self.dtypes.sort_by_key(|one| (std::cmp::Reverse(one.parameter_count), one.dtype));
        let mut ok = true;
        for list in self.lists_mut() {
            list.sort_by(|a, b| crate::path::natural(&a.path, &b.path));
            ok &= list.is_empty();
        }
        self.ok = ok;
    }

    /// Prints the text to standard error, in colour if that is a terminal and `NO_COLOR` is not set.
    pub fn eprint(&self) {
        let mut stderr = std::io::stderr().lock();
        let colour = stderr.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let text = if colour { self.to_ansi() } else { self.to_string() };
        // if standard error cannot be written to, there is nowhere to report that
        let _ = writeln!(stderr, "{text}");
    }
}
