// Loads `ct-int4.safetensors` strictly: 4 tensors.
// Generated from the names, dtypes and shapes in it, and meant to be edited.
// Dims in quotes are keys of its configuration: `Loader::new().config_file("config.json")` compares them too.

use half::bf16;
use weighbridge::{Module, Tensor};

/// The dtype of the floats.
pub type Float = bf16;

/// The whole checkpoint.
#[derive(Clone, Debug, Module)]
pub struct Said {
    #[module(args(in = "hidden_size", out = "intermediate_size"))]
    pub proj: PackedLinear,
    #[module(args(in = "intermediate_size", out = "num_labels"))]
    pub head: Linear,
}

/// A linear layer of compressed-tensors: 4 bits, a scale for 32 inputs, packed along its inputs.
/// Integers are stored plus 8.
#[derive(Clone, Debug, Module)]
#[module(args(in, out))]
pub struct PackedLinear {
    #[param(shape = ["out", "in" / 8])]
    pub weight_packed: Tensor<i32>,
    #[param(shape = ["out", ceil_div("in", 32)])]
    pub weight_scale: Tensor<Float>,
    #[param(shape = [2])]
    pub weight_shape: Tensor<i64>,
}

/// A linear layer without a bias; its weight is `[out, in]`.
#[derive(Clone, Debug, Module)]
#[module(args(in, out))]
pub struct Linear {
    #[param(shape = ["out", "in"])]
    pub weight: Tensor<Float>,
}
