//! Arrays of [`ndarray`](https://docs.rs/ndarray/0.17) as parameters, and views of a [`Tensor`] as an array. Feature `ndarray`.
//!
//! | type | dtype | shape |
//! |---|---|---|
//! | `Array0<T>`, `ArcArray<T, Ix0>` | `T`'s | `[]`: the field needs no `shape` |
//! | `Array1<T>` to `Array6<T>`, `ArcArray<T, Ix1>`, … | `T`'s | `shape`, of as many dims as the type has axes |
//! | `ArrayD<T>`, `ArcArray<T, IxDyn>` | `T`'s | `shape` |
//!
//! `T` is any [`Element`]. An axis of the array is a dim of the tensor, in the same order.
//!
//! ```
//! use ndarray::{Array1, Array2, ArrayView2};
//! use weighbridge::{Module, Tensor};
//!
//! #[derive(Module)]
//! struct Linear<const IN: usize, const OUT: usize> {
//!     #[param(shape = [OUT, IN])]
//!     weight: Array2<f32>,
//!     #[param(shape = [OUT])]
//!     bias: Array1<f32>,
//! }
//!
//! impl<const IN: usize, const OUT: usize> Linear<IN, OUT> {
//!     fn forward(&self, x: ArrayView2<'_, f32>) -> Array2<f32> {
//!         x.dot(&self.weight.t()) + &self.bias
//!     }
//! }
//!
//! let linear = Linear::<10, 10>::from_weights("../fixtures/mlx/linear.npz")?;
//! let x = Tensor::<f32>::zeros([3, 10]);
//! let y = linear.forward(ArrayView2::try_from(&x)?);
//! assert_eq!(y.row(2), linear.bias);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A `shape` of another rank than the type's does not compile:
//!
//! ```compile_fail
//! # use ndarray::Array3;
//! # use weighbridge::Module;
//! #[derive(Module)]
//! struct Linear {
//!     #[param(shape = [10, 10])]
//!     weight: Array3<f32>,    // `shape` of `weight` says 2 dims, but the type says 3
//! }
//! ```
//!
//! # When elements are copied
//!
//! - **Loading** copies nothing: the array takes over the memory that the file was read into. If the source is already in memory
//!   (a file in memory, pairs), elements are copied once, because an array owns them.
//! - **Saving** an array in standard layout copies nothing, and every loaded array has this layout. An array in another layout
//!   (transposed, reversed, sliced) is copied when its turn to be written comes, in the order of its axes.
//! - **Tied** parameters of type `ArcArray` are handles to the same memory, as clones are. The first one that you change gets a
//!   copy of its own, as with clones. Tied parameters of type `Array` have a copy each.
//! - **Looking**: `ArrayView::try_from(&tensor)` shows a [`Tensor`]'s own memory, as an [`ArrayView`](::ndarray::ArrayView) of any
//!   rank or of a fixed one. It is refused if the tensor has another rank, or a shape that no array of `ndarray` can
//!   have: the dims that are not 0 must multiply to at most `isize::MAX`, even if the tensor is empty.
//!
//! Where the trait [`Parameter`] is in scope, `array.view()` is its method; `ArrayView::from(&array)` is `ndarray`'s view.

use ndarray::{ArcArray, Array, ArrayBase, Dimension, IxDyn, RawData, ShapeError};

use weighbridge_checkpoint::{AnyTensor, DType, Element, Shape, Tensor};

use crate::devices::Devices;
use crate::error::ParameterError;
use crate::parameter::{Parameter, View};
use crate::schema::Shapes;

macro_rules! arrays {
    ($($array:ident, share: $share:expr;)*) => {$(
        impl<T: Element, D: Dimension + 'static> Parameter for $array<T, D> {
            const DTYPES: &'static [DType] = &[T::DTYPE];
            const SHAPES: Shapes = shapes(D::NDIM);

            fn from_tensor(tensor: AnyTensor, devices: &Devices) -> Result<Self, ParameterError> {
                let tensor = Tensor::<T>::from_tensor(tensor, devices)?;
                let shape = tensor.shape().clone();
                let array = $array::from_shape_vec(IxDyn(&shape), tensor.into_vec());
                fixed(array.map_err(|error| unheld(&shape, error))?)
            }

            fn view(&self) -> View<'_> {
                match self.as_slice() {
                    Some(elements) => View::of(self.shape(), elements),
                    None => View::deferred(T::DTYPE, self.shape(), || Ok(bytes(self.iter(), self.len()))),
                }
            }

            fn share(&self) -> Option<Self> {
                $share(self)
            }
        }
    )*};
}

arrays! {
    Array, share: |_| None;
    ArcArray, share: |array: &Self| Some(array.clone());
}

/// The shapes of an array type of this rank.
const fn shapes(rank: Option<usize>) -> Shapes {
    match rank {
        None => Shapes::Any,
        Some(0) => Shapes::Scalar,
        Some(rank) => Shapes::Rank(rank),
    }
}

/// The array with its rank in the type.
fn fixed<S: RawData, D: Dimension>(array: ArrayBase<S, IxDyn>) -> Result<ArrayBase<S, D>, ParameterError> {
    let rank = array.ndim();
    array.into_dimensionality().map_err(|_| {
        // a type of any rank takes every array, so the fallback is never shown
        let wanted = D::NDIM.unwrap_or(rank);
        ParameterError::new(format!(
            "the tensor has rank {rank}, and the array type has rank {wanted}; use a type of rank {rank}, or `ArrayD`"
        ))
    })
}

fn unheld(shape: &Shape, error: ShapeError) -> ParameterError {
    ParameterError::new(format!("no array can have the shape {shape} ({error}); hold it in a `weighbridge::Tensor`"))
}

/// The bytes of these elements.
fn bytes<'a, T: Element>(elements: impl Iterator<Item = &'a T>, count: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(count * size_of::<T>());
    for element in elements {
        bytes.extend_from_slice(T::bytes(std::slice::from_ref(element)));
    }
    bytes
}
