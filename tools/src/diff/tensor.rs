//! The entries of a checkpoint, and pairs of them.

use weighbridge_checkpoint::cast::is_dequantised;
use weighbridge_checkpoint::{Checkpoint, DType, Entry};
use weighbridge_lock::natural;

use super::error::DiffError;
use crate::dtype::FLOATS;

/// An entry whose name its checkpoint has once.
pub(super) struct NamedEntry<'t> {
    pub(super) name: &'t str,
    pub(super) dtype: DType,
    pub(super) shape: &'t [usize],
    pub(super) entry: Entry<'t>,
}

/// The entries in the natural order of their names.
pub(super) fn entries(checkpoint: &Checkpoint) -> Result<Vec<NamedEntry<'_>>, DiffError> {
    let mut entries: Vec<NamedEntry<'_>> = checkpoint
        .iter()
        .map(|entry| NamedEntry { name: entry.name(), dtype: entry.dtype(), shape: entry.shape(), entry })
        .collect();
    entries.sort_by(|a, b| natural(a.name, b.name));
    match entries.windows(2).find(|pair| pair[0].name == pair[1].name) {
        None => Ok(entries),
        Some(pair) => Err(DiffError::Duplicate { label: checkpoint.label().to_owned(), name: pair[0].name.to_owned() }),
    }
}

/// One tensor that both have.
pub(super) struct Pair<'p> {
    pub(super) a: &'p NamedEntry<'p>,
    pub(super) b: &'p NamedEntry<'p>,
}

impl Pair<'_> {
    /// Whether one of the two is untyped, and the other has a dtype of that size.
    pub(super) fn is_untyped(&self) -> bool {
        self.a.dtype != self.b.dtype && (self.a.dtype.reads_as(self.b.dtype) || self.b.dtype.reads_as(self.a.dtype))
    }

    /// Whether the values can be compared: the bits, or the numbers.
    pub(super) fn is_comparable(&self) -> bool {
        let [a, b] = self.dtypes();
        self.a.shape == self.b.shape && (a == b || (is_float(a) && is_float(b)))
    }

    /// The dtypes in A and in B. An untyped tensor has the dtype of the other.
    pub(super) fn dtypes(&self) -> [DType; 2] {
        let (a, b) = (self.a.dtype, self.b.dtype);
        match self.is_untyped() {
            true if a.is_untyped() => [b, b],
            true => [a, a],
            false => [a, b],
        }
    }
}

/// Whether elements of this dtype are also compared as numbers.
pub(super) fn is_float(dtype: DType) -> bool {
    FLOATS.contains(&dtype) || is_dequantised(dtype)
}
