//! One tensor of a checkpoint, and a pair of them.

use weighbridge_checkpoint::{Checkpoint, DType, Entry};
use weighbridge_lock::natural;

use super::error::DiffError;

/// The entry of a checkpoint of which each name is there once.
pub(super) struct Tensor<'t> {
    pub(super) name: &'t str,
    pub(super) dtype: DType,
    pub(super) shape: &'t [usize],
    pub(super) entry: Entry<'t>,
}

/// The tensors in the natural order of their names.
pub(super) fn tensors(checkpoint: &Checkpoint) -> Result<Vec<Tensor<'_>>, DiffError> {
    let mut tensors: Vec<Tensor<'_>> = checkpoint
        .iter()
        .map(|entry| Tensor { name: entry.name(), dtype: entry.dtype(), shape: entry.shape(), entry })
        .collect();
    tensors.sort_by(|a, b| natural(a.name, b.name));
    match tensors.windows(2).find(|pair| pair[0].name == pair[1].name) {
        None => Ok(tensors),
        Some(pair) => Err(DiffError::Duplicate { label: checkpoint.label().to_owned(), name: pair[0].name.to_owned() }),
    }
}

/// One tensor that both have.
pub(super) struct Pair<'p> {
    pub(super) a: &'p Tensor<'p>,
    pub(super) b: &'p Tensor<'p>,
}

impl Pair<'_> {
    /// Whether one of the two says less of its elements than the other.
    pub(super) fn is_untyped(&self) -> bool {
        self.a.dtype != self.b.dtype && (self.a.dtype.reads_as(self.b.dtype) || self.b.dtype.reads_as(self.a.dtype))
    }

    /// Whether the values can be compared: the bits, or the numbers.
    pub(super) fn is_comparable(&self) -> bool {
        let [a, b] = self.dtypes();
        self.a.shape == self.b.shape && (a == b || (is_float(a) && is_float(b)))
    }

    /// What the elements are in A and in B.
    pub(super) fn dtypes(&self) -> [DType; 2] {
        let (a, b) = (self.a.dtype, self.b.dtype);
        match self.is_untyped() {
            true if a.is_untyped() => [b, b],
            true => [a, a],
            false => [a, b],
        }
    }
}

/// Whether elements are compared as numbers, too.
pub(super) fn is_float(dtype: DType) -> bool {
    matches!(dtype, DType::F16 | DType::BF16 | DType::F32 | DType::F64)
}
