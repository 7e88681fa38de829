//! Views of tensors as `ndarray` has them.

use ndarray::{ArrayView, Dimension, IxDyn, ShapeError};

use crate::tensor::{Element, Tensor};

impl<'t, T: Element, D: Dimension> TryFrom<&'t Tensor<T>> for ArrayView<'t, T, D> {
    /// The array type has another number of dimensions.
    type Error = ShapeError;

    /// The tensor's own memory as an array: no element is copied.
    fn try_from(tensor: &'t Tensor<T>) -> Result<Self, ShapeError> {
        ArrayView::from_shape(IxDyn(tensor.shape()), tensor.as_slice())?.into_dimensionality()
    }
}
