// Loads `awq.safetensors` strictly: 4 tensors.
// Generated from the names, dtypes and shapes in it, and meant to be edited.

use half::{bf16, f16};
use weighbridge::{Module, Tensor};

/// The dtype of most of the floats.
pub type Float = bf16;

pub const CLASSES: usize = 8;

/// The whole checkpoint.
#[derive(Clone, Debug, Module)]
pub struct Awq {
    pub proj: AwqLinear<64, 32>,
    pub head: Linear<32, CLASSES>,
}

/// A linear layer of AWQ: 4 bits, a scale for 32 inputs, packed along its outputs.
/// The places of a word are the columns 0, 2, 4, 6, 1, 3, 5, 7.
#[derive(Clone, Debug, Module)]
pub struct AwqLinear<const IN: usize, const OUT: usize> {
    #[param(shape = [IN, OUT / 8])]
    pub qweight: Tensor<i32>,
    #[param(shape = [IN.div_ceil(32), OUT / 8])]
    pub qzeros: Tensor<i32>,
    #[param(shape = [IN.div_ceil(32), OUT])]
    pub scales: Tensor<f16>,
}

/// A linear layer without a bias; its weight is `[out, in]`.
#[derive(Clone, Debug, Module)]
pub struct Linear<const IN: usize, const OUT: usize> {
    #[param(shape = [OUT, IN])]
    pub weight: Tensor<Float>,
}
