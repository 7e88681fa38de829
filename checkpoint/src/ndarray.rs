//! Views of tensors as `ndarray` types.

use ndarray::{ArrayView, Dimension, IxDyn, ShapeError};

use crate::tensor::{Element, Tensor};

impl<'t, T: Element, D: Dimension> TryFrom<&'t Tensor<T>> for ArrayView<'t, T, D> {
    /// The array type has a different number of dims.
    type Error = ShapeError;

    /// The tensor's own memory as an array. No element is copied.
    fn try_from(tensor: &'t Tensor<T>) -> Result<Self, ShapeError> {
        ArrayView::from_shape(IxDyn(tensor.shape()), tensor.as_slice())?.into_dimensionality()
    }
}
