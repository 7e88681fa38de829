//! Tensor libraries whose types can be parameters, each behind a feature of its name.
//!
//! | feature | types |
//! |---|---|
//! | `ndarray` | `ndarray::Array` and `ArcArray` of every rank: `Array0` to `Array6`, `ArrayD` |
//! | `nalgebra` | `nalgebra::SMatrix`, `SVector`, `DMatrix`, `DVector`, and every other `OMatrix` |
//! | `candle` | `candle_core::Tensor` and `Var`, on the loader's device |
//! | `burn` | `burn::tensor::Tensor<D>`, `Tensor<D, Int>`, `Tensor<D, Bool>`, and `burn::module::Param` of each, on the loader's device. burn 0.22 needs rustc 1.95 |
//!
//! `half`'s `f16` and `bf16` need no feature, because they can be elements of any [`Tensor`](crate::Tensor). The pages below say
//! when bytes are copied.

#[cfg(feature = "burn")]
pub mod burn;
#[cfg(feature = "candle")]
pub mod candle;
#[cfg(feature = "nalgebra")]
pub mod nalgebra;
#[cfg(feature = "ndarray")]
pub mod ndarray;
