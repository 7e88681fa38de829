// Loads `torchao-intx.safetensors` strictly: 4 tensors.
// Generated from the names, dtypes and shapes in it, and meant to be edited.

use half::bf16;
use weighbridge::{Module, Tensor};

/// The dtype of the floats.
pub type Float = bf16;

pub const CLASSES: usize = 8;

/// The whole checkpoint.
#[derive(Clone, Debug, Module)]
pub struct Torchao {
    pub proj: TorchaoLinear<64, 32>,
    pub head: Linear<32, CLASSES>,
}

/// A linear layer of torchao, with a scale for 32 inputs.
#[derive(Clone, Debug, Module)]
pub struct TorchaoLinear<const IN: usize, const OUT: usize> {
    #[param(shape = [OUT, IN])]
    pub _weight_qdata: Tensor<i8>,
    #[param(shape = [OUT, IN.div_ceil(32)])]
    pub _weight_scale: Tensor<Float>,
    #[param(shape = [OUT, IN.div_ceil(32)])]
    pub _weight_zero_point: Tensor<i8>,
}

/// A linear layer without a bias; its weight is `[out, in]`.
#[derive(Clone, Debug, Module)]
pub struct Linear<const IN: usize, const OUT: usize> {
    #[param(shape = [OUT, IN])]
    pub weight: Tensor<Float>,
}
