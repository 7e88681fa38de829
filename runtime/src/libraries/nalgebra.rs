//! Matrices and vectors of [`nalgebra`](https://docs.rs/nalgebra/0.35) as parameters. Feature `nalgebra`.
//!
//! | type | shape | the field |
//! |---|---|---|
//! | `SMatrix<T, R, C>` | `[R, C]` | needs no `shape` |
//! | `SVector<T, R>` | `[R]` | needs no `shape` |
//! | `RowSVector<T, C>` | `[1, C]` | needs no `shape` |
//! | `DMatrix<T>` | any two dims | `shape = [.., ..]` |
//! | `DVector<T>` | any dim | `shape = [..]` |
//! | `RowDVector<T>` | `[1, n]` | `shape = [1, ..]` |
//! | `OMatrix<T, Const<R>, Dyn>`, `OMatrix<T, Dyn, Const<C>>` | `[R, n]`, `[n, C]` | `shape = [.., ..]` |
//!
//! `T` is any [`Element`]. Row `i` and column `j` of the matrix are `[i, j]` of the tensor.
//!
//! **One column is a vector.** To `nalgebra`, a vector is a matrix of one column: `SVector<T, R>` is the same type as
//! `SMatrix<T, R, 1>`, and `DVector<T>` the same as `OMatrix<T, Dyn, U1>`. Their shape is `[R]`, because files store biases and
//! scales like that. If a file stores one column as `[R, 1]`, use a `DMatrix`. One row is a matrix, `[1, C]`, because files store
//! the weight of a layer with one output like that.
//!
//! ```
//! use nalgebra::{DMatrix, SMatrix, SVector};
//! use weighbridge::Module;
//!
//! #[derive(Module)]
//! struct Linear<const IN: usize, const OUT: usize> {
//!     #[param]
//!     weight: SMatrix<f32, OUT, IN>,
//!     #[param]
//!     bias: SVector<f32, OUT>,
//! }
//!
//! let linear = Linear::<10, 10>::from_weights("../fixtures/mlx/linear.npz")?;
//! assert_eq!(linear.weight * SVector::zeros() + linear.bias, linear.bias);
//!
//! #[derive(Module)]
//! struct Large<const IN: usize, const OUT: usize> {
//!     #[param(shape = [OUT, IN])]
//!     weight: DMatrix<f32>,
//!     #[param]
//!     bias: SVector<f32, OUT>,
//! }
//!
//! let large = Large::<10, 10>::from_weights("../fixtures/mlx/linear.npz")?;
//! assert_eq!(large.weight, linear.weight);
//! # Ok::<(), weighbridge::LoadError>(())
//! ```
//!
//! A `shape` that contradicts the type does not compile:
//!
//! ```compile_fail
//! # use nalgebra::SMatrix;
//! # use weighbridge::Module;
//! #[derive(Module)]
//! struct Linear {
//!     #[param(shape = [3, 4])]
//!     weight: SMatrix<f32, 4, 3>,     // `shape` of `weight` says 3 for dim 0, but the field's type says 4
//! }
//! ```
//!
//! ```compile_fail
//! # use nalgebra::DVector;
//! # use weighbridge::Module;
//! #[derive(Module)]
//! struct Norm {
//!     #[param(shape = [8, 1])]
//!     weight: DVector<f32>,           // `shape` of `weight` says 2 dims, but the field's type says 1
//! }
//! ```
//!
//! # When elements are copied
//!
//! `nalgebra` keeps a matrix column by column, and files keep it row by row. So:
//!
//! - **Loading** a matrix copies it once, transposed. For `DVector` and `RowDVector` the two orders are the same, so they take
//!   over the memory that the file was read into. If the source is already in memory (a file in memory, pairs), they are copied
//!   once.
//! - **Saving** a matrix copies it, transposed, when its turn to be written comes. A vector, a row and a matrix without
//!   elements are not copied.
//! - Every matrix owns its elements, so **tied** parameters have a copy each.
//!
//! An `SMatrix` is stored inside its struct, and a struct is on the stack while it is built. For more than a few kilobytes, use a
//! `Box<SMatrix<..>>`: only one matrix is then on the stack at a time, and the field needs no `shape` either. For more than about
//! a hundred kilobytes, use a `DMatrix`.

use nalgebra::{ArrayStorage, Const, Dyn, Matrix, SMatrix, VecStorage};

use weighbridge_checkpoint::{AnyTensor, Axis, DType, Element, Strided, Tensor};

use crate::devices::Devices;
use crate::error::ParameterError;
use crate::parameter::{Parameter, View};
use crate::schema::Shapes;

/// For each kind of matrix: the storage, the rows and columns as types and as numbers, and how to make one from its elements.
macro_rules! matrices {
    ($([$($generics:tt)*] $storage:ty, $rows:ty = $r:expr, $columns:ty = $c:expr, $new:expr;)*) => {$(
        impl<T: Element, $($generics)*> Parameter for Matrix<T, $rows, $columns, $storage> {
            const DTYPES: &'static [DType] = &[T::DTYPE];
            const SHAPES: Shapes = match $c {
                Some(1) => Shapes::Array($r, &Shapes::Scalar),
                _ => Shapes::Array($r, &Shapes::Array($c, &Shapes::Scalar)),
            };

            fn from_tensor(tensor: AnyTensor, devices: &Devices) -> Result<Self, ParameterError> {
                let tensor = Tensor::<T>::from_tensor(tensor, devices)?;
                let shape = tensor.shape().clone();
                if !Self::SHAPES.holds(&shape) {
                    let message = format!("the tensor is {shape}, which this matrix type cannot be; take a `DMatrix`");
                    return Err(ParameterError::new(message));
                }
                let (rows, columns) = (shape[0], shape.get(1).copied().unwrap_or(1));
                let new: fn(usize, usize, Vec<T>) -> Self = $new;
                Ok(new(rows, columns, by_columns(rows, columns, tensor)?))
            }

            fn view(&self) -> View<'_> {
                let ((rows, columns), elements) = (self.shape(), self.as_slice());
                let shape = &[rows, columns][..Self::SHAPES.rank().unwrap_or(2)];
                if is_line(rows, columns) {
                    return View::of(shape, elements);
                }
                View::deferred(T::DTYPE, shape, move || {
                    let mut bytes = vec![0; size_of_val(elements)];
                    transpose::<T>(columns, rows, T::bytes(elements), &mut bytes)?;
                    Ok(bytes)
                })
            }
        }
    )*};
}

matrices! {
    [const R: usize, const C: usize] ArrayStorage<T, R, C>, Const<R> = Some(R), Const<C> = Some(C),
        |_, _, elements| SMatrix::from_column_slice(&elements);
    [const R: usize] VecStorage<T, Const<R>, Dyn>, Const<R> = Some(R), Dyn = None,
        |_, columns, elements| Matrix::from_data(VecStorage::new(Const, Dyn(columns), elements));
    [const C: usize] VecStorage<T, Dyn, Const<C>>, Dyn = None, Const<C> = Some(C),
        |rows, _, elements| Matrix::from_data(VecStorage::new(Dyn(rows), Const, elements));
    [] VecStorage<T, Dyn, Dyn>, Dyn = None, Dyn = None,
        |rows, columns, elements| Matrix::from_data(VecStorage::new(Dyn(rows), Dyn(columns), elements));
}

/// Whether the order by rows and the order by columns are the same.
fn is_line(rows: usize, columns: usize) -> bool {
    rows <= 1 || columns <= 1
}

/// The elements of a tensor with this many rows and columns, column by column.
fn by_columns<T: Element>(rows: usize, columns: usize, tensor: Tensor<T>) -> Result<Vec<T>, ParameterError> {
    if is_line(rows, columns) {
        return Ok(tensor.into_vec());
    }
    let tensor = AnyTensor::from(tensor);
    let bytes = tensor.as_bytes();
    let by_columns =
        AnyTensor::filled(T::DTYPE, [bytes.len() / size_of::<T>()], |out| transpose::<T>(rows, columns, bytes, out))?;
    let refuse = |_| ParameterError::new("the tensor has another dtype");
    Tensor::<T>::try_from(by_columns).map(Tensor::into_vec).map_err(refuse)
}

/// Copies elements from the order by rows to the order by columns.
fn transpose<T: Element>(rows: usize, columns: usize, source: &[u8], target: &mut [u8]) -> Result<(), ParameterError> {
    let down = Axis { steps: rows, source: columns, target: 1 };
    let across = Axis { steps: columns, source: 1, target: rows };
    match Strided::new(&[down, across], 0, 0) {
        Some(strided) if strided.copy(size_of::<T>(), source, 0, target) => Ok(()),
        _ => Err(ParameterError::new("the tensor has fewer bytes than its shape says")),
    }
}
