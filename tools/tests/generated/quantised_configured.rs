// Loads `gptq-4bit.safetensors` strictly: 6 tensors.
// Generated from the names, dtypes and shapes in it, and meant to be edited.
// Dims in quotes are keys of its configuration: `Loader::new().config_file("gptq-4bit.json")` compares them too.

use half::{bf16, f16};
use weighbridge::{Module, Tensor};

/// The dtype of most of the floats.
pub type Float = bf16;

/// The whole checkpoint.
#[derive(Clone, Debug, Module)]
pub struct Gptq {
    #[module(args(in = "hidden_size", out = "intermediate_size"))]
    pub proj: GptqLinear,
    #[module(args(in = "intermediate_size", out = "num_labels"))]
    pub head: Linear,
}

/// A linear layer of GPTQ: 4 bits, a scale for 32 inputs, packed along its inputs.
/// Zero points are stored less one, unless the configuration says `gptq_v2`.
#[derive(Clone, Debug, Module)]
#[module(args(in, out))]
pub struct GptqLinear {
    #[param(shape = ["in"])]
    pub g_idx: Tensor<i32>,
    #[param(shape = ["in" / 8, "out"])]
    pub qweight: Tensor<i32>,
    #[param(shape = [ceil_div("in", 32), "out" / 8])]
    pub qzeros: Tensor<i32>,
    #[param(shape = [ceil_div("in", 32), "out"])]
    pub scales: Tensor<f16>,
    #[param(shape = ["out"])]
    pub bias: Tensor<f16>,
}

/// A linear layer without a bias; its weight is `[out, in]`.
#[derive(Clone, Debug, Module)]
#[module(args(in, out))]
pub struct Linear {
    #[param(shape = ["out", "in"])]
    pub weight: Tensor<Float>,
}
