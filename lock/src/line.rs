//! One line of a lock.

use crate::dtype::DType;
use crate::pattern::Pattern;

/// One line of a [`Lock`](crate::Lock): tensors that differ only in the indices of their names.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Line {
    /// Their names.
    pub pattern: Pattern,
    /// The dtype of each of them.
    pub dtype: DType,
    /// The shape of each of them.
    pub shape: Vec<usize>,
}
