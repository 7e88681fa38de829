// Loads `fp8-blocks.safetensors` strictly: 3 tensors.
// Generated from the names, dtypes and shapes in it, and meant to be edited.

use half::bf16;
use weighbridge::{AnyTensor, DType, Module, Tensor};

/// The dtype of most of the floats.
pub const FLOAT: &[DType] = &[DType::F8_E4M3];

pub const CLASSES: usize = 8;

/// The whole checkpoint.
#[derive(Clone, Debug, Module)]
pub struct Fp8 {
    pub proj: Fp8Linear<64, 32>,
    pub head: Linear<32, CLASSES>,
}

/// A linear layer of 8-bit floats. `weight_scale_inv` multiplies blocks of 16 rows and 32 inputs.
#[derive(Clone, Debug, Module)]
pub struct Fp8Linear<const IN: usize, const OUT: usize> {
    #[param(shape = [OUT.div_ceil(16), IN.div_ceil(32)])]
    pub weight_scale_inv: Tensor<f32>,
    #[param(shape = [OUT, IN], dtype = FLOAT)]
    pub weight: AnyTensor,
}

/// A linear layer without a bias; its weight is `[out, in]`.
#[derive(Clone, Debug, Module)]
pub struct Linear<const IN: usize, const OUT: usize> {
    #[param(shape = [OUT, IN])]
    pub weight: Tensor<bf16>,
}
