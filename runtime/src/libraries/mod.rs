//! Tensor libraries whose types can be parameters, each behind a feature of its name.
//!
//! | feature | types |
//! |---|---|
//! | `ndarray` | [`ndarray`]: `Array0` to `Array6`, `ArrayD` |
//! | `nalgebra` | [`nalgebra`]: `SMatrix`, `SVector`, `DMatrix`, `DVector` |
//! | `candle` | [`candle`]: `candle_core::Tensor`, on the device given to the loader |
//! | `burn` | [`burn`]: `burn::Tensor<B, D>`, on the device given to the loader |
//!
//! `half`'s `f16` and `bf16` need no feature: they are elements of every [`Tensor`](crate::Tensor).

#[cfg(feature = "burn")]
pub mod burn;
#[cfg(feature = "candle")]
pub mod candle;
#[cfg(feature = "nalgebra")]
pub mod nalgebra;
#[cfg(feature = "ndarray")]
pub mod ndarray;
