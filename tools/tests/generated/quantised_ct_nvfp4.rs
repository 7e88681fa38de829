// Loads `ct-nvfp4.safetensors` strictly: 5 tensors.
// Generated from the names, dtypes and shapes in it, and meant to be edited.

use half::bf16;
use weighbridge::{AnyTensor, Module, Tensor};

/// The dtype of most of the floats.
pub type Float = bf16;

pub const CLASSES: usize = 8;

/// The whole checkpoint.
#[derive(Clone, Debug, Module)]
pub struct Nvfp4 {
    pub proj: Nvfp4Linear<64, 32>,
    pub head: Linear<32, CLASSES>,
}

/// A linear layer of compressed-tensors, NVFP4. `weight_global_scale` divides.
#[derive(Clone, Debug, Module)]
pub struct Nvfp4Linear<const IN: usize, const OUT: usize> {
    #[param(shape = [1])]
    pub input_global_scale: Tensor<f32>,
    #[param(shape = [1])]
    pub weight_global_scale: Tensor<f32>,
    #[param(shape = [OUT, IN / 2])]
    pub weight_packed: Tensor<u8>,
    #[param(shape = [OUT, IN / 16], dtype = "F8_E4M3")]
    pub weight_scale: AnyTensor,
}

/// A linear layer without a bias; its weight is `[out, in]`.
#[derive(Clone, Debug, Module)]
pub struct Linear<const IN: usize, const OUT: usize> {
    #[param(shape = [OUT, IN])]
    pub weight: Tensor<Float>,
}
