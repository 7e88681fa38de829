// Loads `gptq-3bit.safetensors` strictly: 5 tensors.
// Generated from the names, dtypes and shapes in it, and meant to be edited.

use half::{bf16, f16};
use weighbridge::{Module, Tensor};

/// The dtype of most of the floats.
pub type Float = bf16;

pub const CLASSES: usize = 8;

/// The whole checkpoint.
#[derive(Clone, Debug, Module)]
pub struct Gptq {
    pub proj: GptqLinear<64, 32>,
    pub head: Linear<32, CLASSES>,
}

/// A linear layer of GPTQ: 3 bits, a scale for a row, packed along its inputs.
/// Zero points are stored less one, unless the configuration says `gptq_v2`.
#[derive(Clone, Debug, Module)]
pub struct GptqLinear<const IN: usize, const OUT: usize> {
    #[param(shape = [IN])]
    pub g_idx: Tensor<i32>,
    #[param(shape = [IN * 3 / 32, OUT])]
    pub qweight: Tensor<i32>,
    #[param(shape = [1, OUT * 3 / 32])]
    pub qzeros: Tensor<i32>,
    #[param(shape = [1, OUT])]
    pub scales: Tensor<f16>,
}

/// A linear layer without a bias; its weight is `[out, in]`.
#[derive(Clone, Debug, Module)]
pub struct Linear<const IN: usize, const OUT: usize> {
    #[param(shape = [OUT, IN])]
    pub weight: Tensor<Float>,
}
