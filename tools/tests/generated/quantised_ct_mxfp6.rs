// Loads `ct-mxfp6.safetensors` strictly: 3 tensors.
// Generated from the names, dtypes and shapes in it, and meant to be edited.

use half::bf16;
use weighbridge::{Module, Tensor};

/// The dtype of the floats.
pub type Float = bf16;

pub const CLASSES: usize = 8;

/// The whole checkpoint.
#[derive(Clone, Debug, Module)]
pub struct Mxfp6 {
    pub proj: Mxfp6Linear<64, 32>,
    pub head: Linear<32, CLASSES>,
}

/// A linear layer of compressed-tensors, MXFP6. Scales are exponents.
#[derive(Clone, Debug, Module)]
pub struct Mxfp6Linear<const IN: usize, const OUT: usize> {
    #[param(shape = [OUT, IN * 3 / 4])]
    pub weight_packed: Tensor<u8>,
    #[param(shape = [OUT, IN / 32])]
    pub weight_scale: Tensor<u8>,
}

/// A linear layer without a bias; its weight is `[out, in]`.
#[derive(Clone, Debug, Module)]
pub struct Linear<const IN: usize, const OUT: usize> {
    #[param(shape = [OUT, IN])]
    pub weight: Tensor<Float>,
}
