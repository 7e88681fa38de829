//! What a check found: data first, text second.

mod fold;
mod text;

pub(crate) use fold::ranges;
pub(crate) use text::{INDENT, MOST_ROWS, WIDEST};

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};

use serde::{Deserialize, Serialize};

/// The outcome of a check: everything that is wrong, of every class, in a stable order, with the nearest cause; and
/// what was let through because the [`Loader`](crate::Loader) was told to.
///
/// `Display` gives the text, without colours; `serde` gives the data.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Report {
    /// Whether the checkpoint fits: none of the lists of findings has any.
    pub ok: bool,
    /// The file, or what was given instead of one.
    pub checkpoint: String,
    /// The module's type.
    pub module: String,
    /// How many parameters the module has.
    pub parameters: usize,
    /// How many of them have an entry that fits.
    pub fitting: usize,
    /// In the schema, not in the checkpoint.
    pub missing: Vec<Finding>,
    /// In the checkpoint, not in the schema.
    pub unexpected: Vec<Finding>,
    /// Of another shape.
    pub shape: Vec<Finding>,
    /// Of another dtype.
    pub dtype: Vec<Finding>,
    /// Two entries for one parameter: the same name twice, in two shards, after renaming, under two aliases.
    pub duplicate: Vec<Finding>,
    /// Names that contradict each other or the schema: one is a prefix of another, an index is not canonical, a list
    /// has a gap.
    pub name: Vec<Finding>,
    /// A named dimension, or the named length of a list, that is one number here and another there.
    pub dim: Vec<Finding>,
    /// Tensors that are tied, and are not the same.
    pub tied: Vec<Finding>,
    /// Enums of which no variant fits, or several do.
    pub variant: Vec<Finding>,
    /// Causes that concern the whole: a common prefix, a quantised file.
    pub hints: Vec<String>,

    /// Parameters that were left as they were, because [`Loader::missing`](crate::Loader::missing) allows it.
    pub kept: Vec<String>,
    /// Entries that were left alone, because a pattern or [`Loader::unexpected`](crate::Loader::unexpected) allows it.
    pub ignored: Vec<String>,
    /// Patterns of `ignore` that no entry fits: they may be out of date.
    pub stale_ignores: Vec<String>,
    /// Parameters of another shape that were taken, because [`Loader::shapes`](crate::Loader::shapes) allows it.
    pub reshaped: Vec<String>,
    /// Parameters that are cast while they are read, with the two dtypes.
    pub cast: Vec<CastNote>,
    /// Parameters that were found under another of their names.
    pub aliased: Vec<AliasNote>,
    /// Parameters that are tied to another, and which of their names the checkpoint has.
    pub shared: Vec<TiedNote>,
    /// What the named dimensions came out as.
    pub dims: BTreeMap<String, usize>,
    /// Where the elements of the parameters are, after a load from [mapped](crate::Loader::mapped) files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<Held>,
}

/// Where the elements of loaded parameters are. What is tied is counted once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Held {
    /// Used where they lie.
    pub in_place: Count,
    /// In memory of their own: read or copied, cast or put together, or given so.
    pub copied: Count,
}

/// A number of tensors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Count {
    /// How many.
    pub tensors: usize,
    /// The bytes of their elements in memory.
    pub bytes: u64,
}

impl Held {
    /// What one tensor adds.
    pub(crate) fn one(is_in_place: bool, bytes: usize) -> Held {
        let (one, none) = (Count { tensors: 1, bytes: bytes as u64 }, Count::default());
        if is_in_place { Held { in_place: one, copied: none } } else { Held { in_place: none, copied: one } }
    }
}

impl std::ops::AddAssign for Held {
    fn add_assign(&mut self, other: Held) {
        for (count, more) in [(&mut self.in_place, other.in_place), (&mut self.copied, other.copied)] {
            count.tensors += more.tensors;
            count.bytes += more.bytes;
        }
    }
}

/// One mistake.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Finding {
    /// The parameter's path, or the name in the file for an entry that is no parameter's.
    pub path: String,
    /// What the schema wants there.
    pub expected: Option<String>,
    /// What the checkpoint has there.
    pub found: Option<String>,
    /// The shard, where the checkpoint has several files.
    pub file: Option<String>,
    /// The first byte of the tensor (safetensors) or of its member (npz) in its file.
    pub offset: Option<u64>,
    /// The nearest causes, and what to do.
    pub hints: Vec<String>,
}

/// A parameter that is cast while it is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CastNote {
    /// The parameter's path.
    pub path: String,
    /// The file's dtype.
    pub from: String,
    /// The parameter's dtype.
    pub to: String,
}

/// A parameter that was found under another of its names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AliasNote {
    /// The parameter's path.
    pub path: String,
    /// The name in the checkpoint.
    pub name: String,
}

/// A parameter that is tied to another: the two are one tensor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TiedNote {
    /// The parameter's path.
    pub path: String,
    /// The path that it is tied to.
    pub target: String,
    /// Which names the checkpoint has of the target and of all that are tied to it.
    pub found: Vec<String>,
}

impl Finding {
    /// What can be done about tied tensors that differ.
    pub(crate) const UNTIED: &'static str =
        "the module holds them as one tensor; if they are two, remove `tied`, and if not, remove one from the file";
}

impl Report {
    /// The number that a named dimension, or a named length, came out as.
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

    /// The classes of findings in the order in which they are reported, with their names.
    pub(crate) fn classes(&self) -> [(Class, &[Finding]); 9] {
        [
            (Class::Missing, &self.missing),
            (Class::Unexpected, &self.unexpected),
            (Class::Shape, &self.shape),
            (Class::DType, &self.dtype),
            (Class::Duplicate, &self.duplicate),
            (Class::Name, &self.name),
            (Class::Dim, &self.dim),
            (Class::Tied, &self.tied),
            (Class::Variant, &self.variant),
        ]
    }

    /// What a part of the walk found is a part of this.
    pub(crate) fn absorb(&mut self, mut part: Report) {
        self.parameters += part.parameters;
        self.fitting += part.fitting;
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
        self.cast.append(&mut part.cast);
        self.aliased.append(&mut part.aliased);
        self.shared.append(&mut part.shared);
    }

    fn lists_mut(&mut self) -> [&mut Vec<Finding>; 9] {
        [
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

    /// Every finding of every class.
    pub(crate) fn findings_mut(&mut self) -> impl Iterator<Item = &mut Finding> {
        self.lists_mut().into_iter().flatten()
    }

    /// Brings every list into its order, and says whether the checkpoint fits.
    pub(crate) fn finish(&mut self) {
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
        // a report that cannot be shown has nobody to be shown to
        let _ = writeln!(stderr, "{text}");
    }
}

/// The classes of findings.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    Missing,
    Unexpected,
    Shape,
    DType,
    Duplicate,
    Name,
    Dim,
    Tied,
    Variant,
}

impl Class {
    /// The word at the head of a finding.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Class::Missing => "missing",
            Class::Unexpected => "unexpected",
            Class::Shape => "shape",
            Class::DType => "dtype",
            Class::Duplicate => "duplicate",
            Class::Name => "name",
            Class::Dim => "dim",
            Class::Tied => "tied",
            Class::Variant => "variant",
        }
    }

    /// The class behind its number in the summary: `3 wrong shapes`.
    pub(crate) const fn noun(self, n: usize) -> &'static str {
        match (self, n) {
            (Class::Missing, _) => "missing",
            (Class::Unexpected, _) => "unexpected",
            (Class::Shape, 1) => "wrong shape",
            (Class::Shape, _) => "wrong shapes",
            (Class::DType, 1) => "wrong dtype",
            (Class::DType, _) => "wrong dtypes",
            (Class::Duplicate, 1) => "duplicate",
            (Class::Duplicate, _) => "duplicates",
            (Class::Name, 1) => "wrong name",
            (Class::Name, _) => "wrong names",
            (Class::Dim, 1) => "conflicting dimension",
            (Class::Dim, _) => "conflicting dimensions",
            (Class::Tied, 1) => "tied tensor that differs",
            (Class::Tied, _) => "tied tensors that differ",
            (Class::Variant, 1) => "undecided variant",
            (Class::Variant, _) => "undecided variants",
        }
    }
}
