// Loads `sequential.safetensors` strictly: 6 tensors.
// Generated from the names, dtypes and shapes in it, and meant to be edited.

use weighbridge::{Module, Tensor};

/// The dtype of the floats.
pub type Float = f32;

/// The whole checkpoint.
#[derive(Clone, Debug, Module)]
pub struct Sequential {
    #[module(rename = "0")]
    pub layer_0: Linear<8, 16>,
    #[module(rename = "2")]
    pub layer_2: Linear<16, 16>,
    #[module(rename = "4")]
    pub layer_4: Linear<16, 4>,
}

/// A linear layer; its weight is `[out, in]`.
#[derive(Clone, Debug, Module)]
pub struct Linear<const IN: usize, const OUT: usize> {
    #[param(shape = [OUT, IN])]
    pub weight: Tensor<Float>,
    #[param(shape = [OUT])]
    pub bias: Tensor<Float>,
}
