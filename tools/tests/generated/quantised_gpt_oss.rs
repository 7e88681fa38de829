// Loads `gpt-oss-mxfp4.safetensors` strictly: 7 tensors.
// Generated from the names, dtypes and shapes in it, and meant to be edited.

use half::bf16;
use weighbridge::{Module, Tensor};

/// The dtype of the floats.
pub type Float = bf16;

pub const DIM_32: usize = 32;
pub const CLASSES: usize = 8;
pub const DIM_64: usize = 64;

/// The whole checkpoint.
#[derive(Clone, Debug, Module)]
pub struct GptOss {
    pub proj: Mxfp4Experts,
    pub head: Linear<DIM_32, CLASSES>,
}

/// Experts of gpt-oss in MXFP4. The rows of gate and up take turns, and scales are exponents.
#[derive(Clone, Debug, Module)]
pub struct Mxfp4Experts {
    #[param(shape = [2, DIM_64])]
    pub down_proj_bias: Tensor<Float>,
    #[param(shape = [2, DIM_64, DIM_32 / 32, 16])]
    pub down_proj_blocks: Tensor<u8>,
    #[param(shape = [2, DIM_64, DIM_32 / 32])]
    pub down_proj_scales: Tensor<u8>,
    #[param(shape = [2, 2 * DIM_32])]
    pub gate_up_proj_bias: Tensor<Float>,
    #[param(shape = [2, 2 * DIM_32, DIM_64 / 32, 16])]
    pub gate_up_proj_blocks: Tensor<u8>,
    #[param(shape = [2, 2 * DIM_32, DIM_64 / 32])]
    pub gate_up_proj_scales: Tensor<u8>,
}

/// A linear layer without a bias; its weight is `[out, in]`.
#[derive(Clone, Debug, Module)]
pub struct Linear<const IN: usize, const OUT: usize> {
    #[param(shape = [OUT, IN])]
    pub weight: Tensor<Float>,
}
