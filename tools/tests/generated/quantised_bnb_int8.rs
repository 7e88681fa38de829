// Loads `bnb-int8.safetensors` strictly: 5 tensors.
// Generated from the names, dtypes and shapes in it, and meant to be edited.

use half::{bf16, f16};
use weighbridge::{Module, Tensor};

/// The dtype of most of the floats.
pub type Float = bf16;

pub const CLASSES: usize = 8;

/// The whole checkpoint.
#[derive(Clone, Debug, Module)]
pub struct Int8 {
    pub proj: Int8Linear<64, 32>,
    pub head: Linear<32, CLASSES>,
}

/// A linear layer of bitsandbytes: a weight is its byte times its row's `SCB`, by 127.
#[derive(Clone, Debug, Module)]
pub struct Int8Linear<const IN: usize, const OUT: usize> {
    #[param(rename = "SCB", shape = [OUT])]
    pub scb: Tensor<f32>,
    #[param]
    pub weight_format: u8,
    #[param(shape = [OUT, IN])]
    pub weight: Tensor<i8>,
    #[param(shape = [OUT])]
    pub bias: Tensor<f16>,
}

/// A linear layer without a bias; its weight is `[out, in]`.
#[derive(Clone, Debug, Module)]
pub struct Linear<const IN: usize, const OUT: usize> {
    #[param(shape = [OUT, IN])]
    pub weight: Tensor<Float>,
}
