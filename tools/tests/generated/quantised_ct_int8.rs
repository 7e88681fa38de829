// Loads `ct-int8.safetensors` strictly: 3 tensors.
// Generated from the names, dtypes and shapes in it, and meant to be edited.

use half::bf16;
use weighbridge::{Module, Tensor};

/// The dtype of the floats.
pub type Float = bf16;

pub const CLASSES: usize = 8;

/// The whole checkpoint.
#[derive(Clone, Debug, Module)]
pub struct Scaled {
    pub proj: ScaledLinear<64, 32>,
    pub head: Linear<32, CLASSES>,
}

/// A linear layer of compressed-tensors: a weight is multiplied by its row's scale.
#[derive(Clone, Debug, Module)]
pub struct ScaledLinear<const IN: usize, const OUT: usize> {
    #[param(shape = [OUT, 1])]
    pub weight_scale: Tensor<Float>,
    #[param(shape = [OUT, IN])]
    pub weight: Tensor<i8>,
}

/// A linear layer without a bias; its weight is `[out, in]`.
#[derive(Clone, Debug, Module)]
pub struct Linear<const IN: usize, const OUT: usize> {
    #[param(shape = [OUT, IN])]
    pub weight: Tensor<Float>,
}
