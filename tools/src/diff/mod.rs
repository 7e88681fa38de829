//! What two checkpoints have in common, and what not: names, dtypes, shapes, and the values where that is asked for.

mod compare;
mod renamed;
mod tensor;
mod text;

use std::cmp::Ordering;
use std::collections::HashSet;
use std::fmt;

use serde::Serialize;
use weighbridge::{Checkpoint, LoadError};
use weighbridge_lock::natural;

use self::tensor::{Pair, Tensor, tensors};
use crate::progress::{Cancelled, Meter, OnProgress};
use crate::shown::shown;

/// What is compared. By default names, dtypes and shapes, for which the headers are read and nothing else.
#[derive(Clone, Debug, Default)]
pub struct Options {
    values: bool,
}

impl Options {
    /// Names, dtypes and shapes.
    pub fn new() -> Options {
        Options::default()
    }

    /// Whether the values are compared too, for which all of both checkpoints is read.
    pub fn values(mut self, compared: bool) -> Options {
        self.values = compared;
        self
    }
}

/// What two checkpoints do not have in common. Lists are in the natural order of their names. `Display` gives the text,
/// `serde` the data.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Diff {
    /// Whether nothing that was compared differs. Untyped elements of an `.npz` are the same as those of a dtype that
    /// numpy has no name for.
    pub same: bool,
    /// The one checkpoint.
    pub a: String,
    /// The other.
    pub b: String,
    /// Whether values were compared.
    pub values_compared: bool,
    /// How many tensors there are, each name counted once.
    pub tensors: usize,
    /// How many of them are the same in both.
    pub equal: usize,
    /// In A alone.
    pub only_in_a: Vec<Only>,
    /// In B alone.
    pub only_in_b: Vec<Only>,
    /// In both under two names, and in neither of the lists above: dtype, shape and values are the same, and of no other
    /// tensor that is in one of them alone. Only where values are compared.
    pub renamed: Vec<Renamed>,
    /// What stands at the start of every name that is in one of them alone, where that is all the difference between
    /// these names: dtypes and shapes agree.
    pub renaming: Option<Renamed>,
    /// Of two shapes.
    pub shape: Vec<ShapeDiff>,
    /// Of two dtypes.
    pub dtype: Vec<DTypeDiff>,
    /// Of the same shape, with other values.
    pub values: Vec<ValuesDiff>,
    /// Untyped in one of them, and taken for what they are in the other.
    pub untyped: Vec<DTypeDiff>,
}

/// A tensor that one of the two has alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Only {
    /// Its name, as the file has it.
    pub name: String,
    /// Its dtype.
    pub dtype: &'static str,
    /// Its shape.
    pub shape: Vec<usize>,
}

/// One name in A and another in B.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Renamed {
    /// In A.
    pub a: String,
    /// In B.
    pub b: String,
}

/// A tensor of two shapes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ShapeDiff {
    /// Its name.
    pub name: String,
    /// In A.
    pub a: Vec<usize>,
    /// In B.
    pub b: Vec<usize>,
}

/// A tensor of two dtypes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DTypeDiff {
    /// Its name.
    pub name: String,
    /// In A.
    pub a: &'static str,
    /// In B.
    pub b: &'static str,
}

/// A tensor of which some elements differ: their bits where it has the same dtype in both, else their values.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ValuesDiff {
    /// Its name.
    pub name: String,
    /// Its dtype in A.
    pub dtype: &'static str,
    /// Its shape.
    pub shape: Vec<usize>,
    /// How many elements it has.
    pub elements: usize,
    /// How many of them differ.
    pub differing: usize,
    /// Where the first of these is.
    pub first: Vec<usize>,
    /// The two that are furthest apart, of floats that are finite in both.
    pub largest: Option<Distance>,
    /// The largest distance in relation to the larger of the two magnitudes, of the same floats: at most 2.
    pub relative: Option<f64>,
    /// How many floats are NaN in one and not in the other.
    pub nan: usize,
    /// How many floats are infinite in one and not in the other, or with the other sign.
    pub infinite: usize,
}

/// How far two elements are apart.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Distance {
    /// The absolute difference.
    pub absolute: f64,
    /// Where they are.
    pub at: Vec<usize>,
    /// The one in A.
    pub a: f64,
    /// The one in B.
    pub b: f64,
}

/// Why two checkpoints were not compared.
#[derive(Debug)]
#[non_exhaustive]
pub enum DiffError {
    /// One of them could not be read.
    Load(LoadError),
    /// One of them has a name twice.
    Duplicate {
        /// Which of them.
        label: String,
        /// The name.
        name: String,
    },
    /// Values were to be compared, and one of the two is a lock.
    NoValues {
        /// Which of them.
        label: String,
    },
    /// The comparison was cancelled by its progress callback.
    Cancelled,
}

impl fmt::Display for DiffError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DiffError::Load(error) => error.fmt(f),
            DiffError::Duplicate { label, name } => write!(
                f,
                "{} has `{}` twice, and which is meant cannot be told; remove one of them",
                shown(label),
                shown(name)
            ),
            DiffError::NoValues { label } => write!(
                f,
                "{} is a lock and has no values; compare the file that it was made of, or leave the values out",
                shown(label)
            ),
            DiffError::Cancelled => f.write_str("the comparison was cancelled"),
        }
    }
}

impl std::error::Error for DiffError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            // its own text is this error's
            DiffError::Load(error) => error.source(),
            _ => None,
        }
    }
}

impl From<LoadError> for DiffError {
    fn from(error: LoadError) -> DiffError {
        DiffError::Load(error)
    }
}

impl From<Cancelled> for DiffError {
    fn from(Cancelled: Cancelled) -> DiffError {
        DiffError::Cancelled
    }
}

/// Compares two checkpoints. A [lock](weighbridge::lock::Lock) that was opened as one has names, dtypes and shapes only.
///
/// Values are compared piece by piece, so that no tensor is held: their bytes, and of floats how far they are apart.
/// Floats of two dtypes are compared as numbers.
///
/// ```
/// use std::ops::ControlFlow;
/// use weighbridge::Checkpoint;
/// use weighbridge_tools::diff::{Options, diff};
///
/// # let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/mlx");
/// let a = Checkpoint::open(format!("{directory}/mlp.npz"))?;
/// let b = Checkpoint::open(format!("{directory}/mlp.safetensors"))?;
/// let diff = diff(&a, &b, &Options::new().values(true), &mut |_| ControlFlow::Continue(()))?;
/// assert!(diff.same);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If one of them cannot be read or has a name twice, or if values are to be compared and one of them is a lock.
pub fn diff(
    a: &Checkpoint,
    b: &Checkpoint,
    options: &Options,
    progress: &mut OnProgress<'_>,
) -> Result<Diff, DiffError> {
    if let Some(lock) = [a, b].into_iter().find(|side| options.values && side.is_lock()) {
        return Err(DiffError::NoValues { label: lock.label().to_owned() });
    }
    let (mut diff, both, alone) = names(a, b)?;
    let mut pairs = Vec::with_capacity(both.len());
    for (a, b) in &both {
        let pair = Pair { a, b };
        let alike = diff.header(&pair);
        pairs.push((pair, alike));
    }
    if options.values {
        diff.values_compared = true;
        let [alone_a, alone_b] = renamed::candidates(&alone);
        let bytes = |tensor: &Tensor<'_>| tensor.entry.bytes() as u64;
        let read = pairs.iter().filter(|(pair, _)| pair.is_comparable()).map(|(pair, _)| bytes(pair.a) + bytes(pair.b));
        let total = read.chain(alone_a.iter().chain(&alone_b).map(|tensor| bytes(tensor))).fold(0, u64::saturating_add);
        let mut tell = |at| progress(at);
        let mut meter = Meter::new(total, &mut tell);
        for (pair, alike) in pairs.iter_mut().filter(|(pair, _)| pair.is_comparable()) {
            if let Some(values) = compare::values(pair, &mut meter)? {
                *alike = false;
                diff.values.push(values);
            }
        }
        diff.renamed = renamed::by_values(&alone_a, &alone_b, &mut meter)?;
    }
    diff.only(&alone);
    diff.equal = pairs.iter().filter(|(_, alike)| *alike).count();
    diff.tensors = pairs.len() + diff.only_in_a.len() + diff.only_in_b.len() + diff.renamed.len();
    diff.renaming = renamed::by_names(&diff);
    diff.same = diff.equal == diff.tensors;
    Ok(diff)
}

/// The tensors that both have, and those that each has alone.
type Names<'n> = (Diff, Vec<(Tensor<'n>, Tensor<'n>)>, [Vec<Tensor<'n>>; 2]);

fn names<'n>(a: &'n Checkpoint, b: &'n Checkpoint) -> Result<Names<'n>, DiffError> {
    let (mut one, mut other) = (tensors(a)?.into_iter().peekable(), tensors(b)?.into_iter().peekable());
    let (mut both, mut alone) = (Vec::new(), [Vec::new(), Vec::new()]);
    loop {
        let order = match (one.peek(), other.peek()) {
            (Some(one), Some(other)) => natural(one.name, other.name),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => break,
        };
        match order {
            Ordering::Less => alone[0].extend(one.next()),
            Ordering::Greater => alone[1].extend(other.next()),
            Ordering::Equal => both.extend(one.next().zip(other.next())),
        }
    }
    let diff = Diff { a: a.label().to_owned(), b: b.label().to_owned(), ..Diff::default() };
    Ok((diff, both, alone))
}

impl Diff {
    /// Compares what the headers say of one tensor, and says whether it is the same.
    fn header(&mut self, pair: &Pair<'_>) -> bool {
        let Pair { a, b } = pair;
        let name = || a.name.to_string();
        if a.shape != b.shape {
            self.shape.push(ShapeDiff { name: name(), a: a.shape.to_vec(), b: b.shape.to_vec() });
        }
        if a.dtype != b.dtype {
            let dtypes = DTypeDiff { name: name(), a: a.dtype.name(), b: b.dtype.name() };
            if pair.is_untyped() { self.untyped.push(dtypes) } else { self.dtype.push(dtypes) }
        }
        a.shape == b.shape && (a.dtype == b.dtype || pair.is_untyped())
    }

    /// The tensors that one of the two has alone, but for those that are renamed.
    fn only(&mut self, [a, b]: &[Vec<Tensor<'_>>; 2]) {
        let only = |tensor: &Tensor<'_>| Only {
            name: tensor.name.to_string(),
            dtype: tensor.dtype.name(),
            shape: tensor.shape.to_vec(),
        };
        let renamed: [HashSet<&str>; 2] = [
            self.renamed.iter().map(|pair| pair.a.as_str()).collect(),
            self.renamed.iter().map(|pair| pair.b.as_str()).collect(),
        ];
        let rest = |tensors: &[Tensor<'_>], renamed: &HashSet<&str>| -> Vec<Only> {
            tensors.iter().filter(|tensor| !renamed.contains(tensor.name)).map(only).collect()
        };
        let [only_in_a, only_in_b] = [rest(a, &renamed[0]), rest(b, &renamed[1])];
        (self.only_in_a, self.only_in_b) = (only_in_a, only_in_b);
    }
}
