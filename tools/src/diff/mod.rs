//! Compares two checkpoints: names, dtypes, shapes, and values if that is asked for.

mod compare;
mod differences;
mod error;
mod renamed;
mod tensor;
mod text;

use std::cmp::Ordering;
use std::collections::HashSet;

use weighbridge_checkpoint::Checkpoint;
use weighbridge_lock::natural;

pub use self::differences::{DTypeDiff, Diff, Distance, Only, Renamed, ShapeDiff, ValuesDiff};
pub use self::error::DiffError;
use self::tensor::{Pair, Tensor, tensors};
use crate::progress::{Meter, OnProgress};

/// What is compared. By default names, dtypes and shapes, for which the headers are read and nothing else.
#[derive(Clone, Debug, Default)]
#[must_use = "options do nothing by themselves; give them to `diff`"]
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

/// Compares two checkpoints. A [lock](weighbridge_lock::Lock) that was opened as one has names, dtypes and shapes only.
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
    let Matched { both, alone } = match_names(a, b)?;
    let mut diff = Diff { a: a.label().to_owned(), b: b.label().to_owned(), ..Diff::default() };
    let mut pairs = Vec::with_capacity(both.len());
    for (a, b) in &both {
        let pair = Pair { a, b };
        let alike = diff.header(&pair);
        pairs.push((pair, alike));
    }
    if options.values {
        diff.values_compared = true;
        let [alone_a, alone_b] = renamed::candidates(&alone);
        let bytes = |tensor: &Tensor<'_>| tensor.entry.byte_len() as u64;
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

/// The tensors of two checkpoints by name: those that both have, and those that each has alone.
struct Matched<'n> {
    both: Vec<(Tensor<'n>, Tensor<'n>)>,
    alone: [Vec<Tensor<'n>>; 2],
}

fn match_names<'n>(a: &'n Checkpoint, b: &'n Checkpoint) -> Result<Matched<'n>, DiffError> {
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
    Ok(Matched { both, alone })
}

impl Diff {
    /// Compares what the headers say of one tensor. Returns whether it is the same.
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

    /// Lists the tensors that one of the two has alone, except those that are renamed.
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
