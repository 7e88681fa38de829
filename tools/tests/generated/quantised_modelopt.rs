// Loads `modelopt-nvfp4.safetensors` strictly: 5 tensors.
// Generated from the names, dtypes and shapes in it, and meant to be edited.

use half::bf16;
use weighbridge::{AnyTensor, Module, Tensor};

/// The dtype of most of the floats.
pub type Float = bf16;

pub const CLASSES: usize = 8;

/// The whole checkpoint.
#[derive(Clone, Debug, Module)]
pub struct ModelOpt {
    pub proj: Nvfp4Linear<64, 32>,
    pub head: Linear<32, CLASSES>,
}

/// A linear layer of ModelOpt, NVFP4. `weight_scale_2` multiplies.
#[derive(Clone, Debug, Module)]
pub struct Nvfp4Linear<const IN: usize, const OUT: usize> {
    #[param]
    pub input_scale: f32,
    #[param(shape = [OUT, IN / 16], dtype = "F8_E4M3")]
    pub weight_scale: AnyTensor,
    #[param]
    pub weight_scale_2: f32,
    #[param(shape = [OUT, IN / 2])]
    pub weight: Tensor<u8>,
}

/// A linear layer without a bias; its weight is `[out, in]`.
#[derive(Clone, Debug, Module)]
pub struct Linear<const IN: usize, const OUT: usize> {
    #[param(shape = [OUT, IN])]
    pub weight: Tensor<Float>,
}
