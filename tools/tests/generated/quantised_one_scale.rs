// Loads `fp8-tensor.safetensors` strictly: 4 tensors.
// Generated from the names, dtypes and shapes in it, and meant to be edited.

use half::bf16;
use weighbridge::{AnyTensor, DType, Module, Tensor};

/// The dtype of most of the floats.
pub const FLOAT: &[DType] = &[DType::F8_E4M3];

pub const CLASSES: usize = 8;

/// The whole checkpoint.
#[derive(Clone, Debug, Module)]
pub struct Fp8 {
    pub proj: ScaledLinear<64, 32>,
    pub head: Linear<32, CLASSES>,
}

/// A linear layer of 8 bits, with one scale.
#[derive(Clone, Debug, Module)]
pub struct ScaledLinear<const IN: usize, const OUT: usize> {
    #[param]
    pub activation_scale: f32,
    #[param]
    pub weight_scale_inv: f32,
    #[param(shape = [OUT, IN], dtype = FLOAT)]
    pub weight: AnyTensor,
}

/// A linear layer without a bias; its weight is `[out, in]`.
#[derive(Clone, Debug, Module)]
pub struct Linear<const IN: usize, const OUT: usize> {
    #[param(shape = [OUT, IN])]
    pub weight: Tensor<bf16>,
}
