//! Tensor libraries whose types can be parameters, each behind a feature of its name.
//!
//! | feature | types |
//! |---|---|
//! | `ndarray` | `ndarray::Array` and `ArcArray` of every rank: `Array0` to `Array6`, `ArrayD` |
//! | `nalgebra` | `nalgebra::SMatrix`, `SVector`, `DMatrix`, `DVector`, and every other `OMatrix` |
//! | `candle` | `candle_core::Tensor` and `Var`, `quantized::QTensor` and `QMatMul`, on the loader's device |
//! | `candle-nn` | `candle_nn::Linear`, `Embedding`, `LayerNorm`, `RmsNorm`, `BatchNorm` and convolutions, as modules |
//! | `burn` | `burn::tensor::Tensor<D>`, `Tensor<D, Int>`, `Tensor<D, Bool>`, and `burn::module::Param` of each, on the loader's device. burn 0.22 needs rustc 1.95 |
//! | `burn-nn` | `burn::nn::Linear`, `Embedding`, `LayerNorm`, `RmsNorm`, `GroupNorm`, `BatchNorm`, convolutions, `Lstm` and `Gru`, as modules |
//!
//! `half`'s `f16` and `bf16` need no feature, because they can be elements of any [`Tensor`](crate::Tensor). The pages below say
//! when bytes are copied.

/// Layers that have parts of ours, which are modules as they are.
#[cfg(any(feature = "burn-nn", feature = "candle-nn"))]
macro_rules! layers {
    ($($layer:ty: $parts:ty;)*) => {$(
        impl crate::tree::Tree<crate::tree::Modules> for $layer {
            const __NODE: &'static crate::schema::Node = <$layer as crate::tree::Tree<$parts>>::__NODE;

            fn build(builder: &mut crate::tree::Builder<'_>) -> Result<Self, crate::error::ParameterError> {
                builder.remote::<$parts>()
            }

            fn walk<'a>(&'a self, walk: &mut crate::tree::Walk<'a>) {
                walk.remote::<$parts>(self);
            }

            fn walk_mut<'a>(&'a mut self, walk: &mut crate::tree::WalkMut<'a>) {
                walk.remote::<$parts>(self);
            }
        }
    )*};
}

#[cfg(feature = "burn")]
pub mod burn;
#[cfg(feature = "burn-nn")]
pub mod burn_nn;
#[cfg(feature = "candle")]
pub mod candle;
#[cfg(feature = "candle-nn")]
pub mod candle_nn;
#[cfg(feature = "candle")]
pub mod candle_quantised;
#[cfg(feature = "nalgebra")]
pub mod nalgebra;
#[cfg(feature = "ndarray")]
pub mod ndarray;
