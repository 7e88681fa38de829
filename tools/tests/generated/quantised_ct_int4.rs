// Loads `ct-int4-asymmetric.safetensors` strictly: 5 tensors.
// Generated from the names, dtypes and shapes in it, and meant to be edited.

use half::bf16;
use weighbridge::{Module, Tensor};

/// The dtype of the floats.
pub type Float = bf16;

pub const CLASSES: usize = 8;

/// The whole checkpoint.
#[derive(Clone, Debug, Module)]
pub struct Packed {
    pub proj: PackedLinear<64, 32>,
    pub head: Linear<32, CLASSES>,
}

/// A linear layer of compressed-tensors: 4 bits, a scale for 32 inputs, packed along its inputs.
/// Integers are stored plus 8.
#[derive(Clone, Debug, Module)]
pub struct PackedLinear<const IN: usize, const OUT: usize> {
    #[param(shape = [OUT, IN / 8])]
    pub weight_packed: Tensor<i32>,
    #[param(shape = [OUT, IN.div_ceil(32)])]
    pub weight_scale: Tensor<Float>,
    #[param(shape = [2])]
    pub weight_shape: Tensor<i64>,
    #[param(shape = [OUT / 8, IN.div_ceil(32)])]
    pub weight_zero_point: Tensor<i32>,
}

/// A linear layer without a bias; its weight is `[out, in]`.
#[derive(Clone, Debug, Module)]
pub struct Linear<const IN: usize, const OUT: usize> {
    #[param(shape = [OUT, IN])]
    pub weight: Tensor<Float>,
}
