//! Compares two checkpoints: names, dtypes and shapes, and the values if you ask for it.

mod compare;
mod differences;
mod error;
mod renamed;
mod tensor;
mod text;

use std::cmp::Ordering;
use std::collections::HashSet;
use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;

use weighbridge_checkpoint::read::{Meter, OnProgress, Progress};
use weighbridge_checkpoint::{Checkpoint, NamesRoom};
use weighbridge_lock::natural;

pub use self::differences::{DTypeDiff, Diff, Distance, Only, Renamed, ShapeDiff, ValuesDiff};
pub use self::error::DiffError;
use self::tensor::{NamedEntry, Pair, entries};

/// What [`diff`] compares: names, dtypes and shapes, for which it reads the headers only.
#[derive(Clone, Default)]
#[must_use = "options do nothing by themselves; give them to `diff`"]
pub struct Options {
    values: bool,
    progress: Option<OnProgress>,
}

impl Options {
    /// Compares names, dtypes and shapes.
    pub fn new() -> Options {
        Options::default()
    }

    /// Compares the values too, and reads all of both checkpoints for it.
    pub fn values(mut self, compare: bool) -> Options {
        self.values = compare;
        self
    }

    /// Calls this while values are compared, after each piece of a tensor that was read. `Break` cancels the comparison.
    pub fn progress(mut self, progress: impl Fn(Progress) -> ControlFlow<()> + Send + Sync + 'static) -> Options {
        self.progress = Some(Arc::new(progress));
        self
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options").field("values", &self.values).finish_non_exhaustive()
    }
}

/// What the lists of differences take, and their text, for one of the two.
const ROOM: NamesRoom = NamesRoom { tensor: 1024, component: 160, copies: 4 };

/// Compares two checkpoints. Either may be an opened [lock](weighbridge_lock::Lock), which has no values to compare.
///
/// Values are compared in pieces of 1 MiB, so a tensor may be larger than memory. Tensors of one dtype are compared bit by
/// bit, floats of different dtypes as numbers, and for floats the result says how far apart they are.
///
/// ```
/// use weighbridge::Checkpoint;
/// use weighbridge_tools::diff::{Options, diff};
///
/// # let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/mlx");
/// let a = Checkpoint::open(format!("{directory}/mlp.npz"))?;
/// let b = Checkpoint::open(format!("{directory}/mlp.safetensors"))?;
/// let diff = diff(&a, &b, &Options::new().values(true))?;
/// assert!(diff.same);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If one of them cannot be read or has a name twice, if there is no memory for the names, if values are to be compared and one of them is a lock, or if the
/// progress callback cancels the comparison.
pub fn diff(a: &Checkpoint, b: &Checkpoint, options: &Options) -> Result<Diff, DiffError> {
    if let Some(lock) = [a, b].into_iter().find(|side| options.values && side.is_lock()) {
        return Err(DiffError::NoValues { label: lock.label().to_owned() });
    }
    for side in [a, b] {
        side.room_for("the comparison", ROOM)?;
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
        let byte_len = |tensor: &NamedEntry<'_>| tensor.entry.byte_len() as u64;
        let comparable = pairs.iter().map(|(pair, _)| pair).filter(|pair| pair.is_comparable());
        let of_pairs = comparable.map(|pair| byte_len(pair.a) + byte_len(pair.b));
        let of_candidates = alone_a.iter().chain(&alone_b).map(|tensor| byte_len(tensor));
        let total = of_pairs.chain(of_candidates).fold(0, u64::saturating_add);
        let meter = Meter::new(options.progress.as_ref(), total);
        for (pair, alike) in pairs.iter_mut().filter(|(pair, _)| pair.is_comparable()) {
            if let Some(values) = compare::values(pair, &meter)? {
                *alike = false;
                diff.values.push(values);
            }
        }
        diff.renamed = renamed::by_values(&alone_a, &alone_b, &meter)?;
    }
    diff.only(&alone);
    diff.equal_count = pairs.iter().filter(|(_, alike)| *alike).count();
    diff.tensor_count = pairs.len() + diff.only_in_a.len() + diff.only_in_b.len() + diff.renamed.len();
    diff.renaming = renamed::by_names(&diff);
    diff.same = diff.equal_count == diff.tensor_count;
    Ok(diff)
}

/// The tensors of two checkpoints by name: those that both have, and those that only one has.
struct Matched<'n> {
    both: Vec<(NamedEntry<'n>, NamedEntry<'n>)>,
    alone: [Vec<NamedEntry<'n>>; 2],
}

fn match_names<'n>(a: &'n Checkpoint, b: &'n Checkpoint) -> Result<Matched<'n>, DiffError> {
    let (mut one, mut other) = (entries(a)?.into_iter().peekable(), entries(b)?.into_iter().peekable());
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
    /// Compares dtype and shape of one tensor. Returns whether they are the same.
    fn header(&mut self, pair: &Pair<'_>) -> bool {
        let Pair { a, b } = pair;
        let name = || a.name.to_string();
        if a.shape != b.shape {
            self.shape.push(ShapeDiff { name: name(), a: a.shape.to_vec(), b: b.shape.to_vec() });
        }
        if a.dtype != b.dtype {
            let dtypes = DTypeDiff { name: name(), a: a.dtype, b: b.dtype };
            if pair.is_untyped() { self.untyped.push(dtypes) } else { self.dtype.push(dtypes) }
        }
        a.shape == b.shape && (a.dtype == b.dtype || pair.is_untyped())
    }

    /// Lists the tensors that only one of the two has, except those that are renamed.
    fn only(&mut self, [a, b]: &[Vec<NamedEntry<'_>>; 2]) {
        let only = |tensor: &NamedEntry<'_>| Only {
            name: tensor.name.to_string(),
            dtype: tensor.dtype,
            shape: tensor.shape.to_vec(),
        };
        let renamed: [HashSet<&str>; 2] = [
            self.renamed.iter().map(|pair| pair.a.as_str()).collect(),
            self.renamed.iter().map(|pair| pair.b.as_str()).collect(),
        ];
        let rest = |tensors: &[NamedEntry<'_>], renamed: &HashSet<&str>| -> Vec<Only> {
            tensors.iter().filter(|tensor| !renamed.contains(tensor.name)).map(only).collect()
        };
        let [only_in_a, only_in_b] = [rest(a, &renamed[0]), rest(b, &renamed[1])];
        (self.only_in_a, self.only_in_b) = (only_in_a, only_in_b);
    }
}
