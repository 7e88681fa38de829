//! What tensors have in common.

use crate::dtype::DType;
use crate::shape::Shape;

/// The dtype and the shape of a tensor, and the resulting byte length. Models repeat their layers: tensors of the same
/// type share it, in a checkpoint and in a module.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct TensorType {
    pub(crate) dtype: DType,
    pub(crate) shape: Shape,
    pub(crate) byte_len: usize,
}

impl TensorType {
    /// The type of a tensor that fits into memory.
    pub(crate) fn of(dtype: DType, shape: Shape) -> TensorType {
        let byte_len = dtype.byte_len(&shape).unwrap_or(usize::MAX);
        TensorType { dtype, shape, byte_len }
    }
}
