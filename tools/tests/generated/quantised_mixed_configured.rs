// Loads `mixed.safetensors` strictly: 42 tensors.
// Generated from the names, dtypes and shapes in it, and meant to be edited.
// Dims in quotes are keys of its configuration: `Loader::new().config_file("config.json")` compares them too.

use half::f16;
use weighbridge::{Module, Tensor};

/// The dtype of the floats.
pub type Float = f16;

/// The whole checkpoint.
#[derive(Clone, Debug, Module)]
pub struct Mixed {
    pub model: Model,
    #[module(args(in = "hidden_size", out = "vocab_size"))]
    pub lm_head: Linear,
}

/// At `model`.
#[derive(Clone, Debug, Module)]
pub struct Model {
    #[module(args(count = "vocab_size", dim = "hidden_size"))]
    pub embed_tokens: Embedding,
    #[module(len = "num_hidden_layers")]
    pub layers: Vec<Layer>,
    pub norm: Norm,
}

/// At `model.layers.*`.
#[derive(Clone, Debug, Module)]
pub struct Layer {
    pub input_layernorm: Norm,
    pub self_attn: SelfAttn,
    pub mlp: Mlp,
}

/// At `model.layers.*.self_attn`.
#[derive(Clone, Debug, Module)]
pub struct SelfAttn {
    #[module(args(in = "hidden_size", out = "hidden_size"))]
    pub q_proj: MixedLinear,
    #[module(args(in = "hidden_size", out = "kv"))]
    pub k_proj: MixedLinear,
}

/// At `model.layers.*.mlp`.
#[derive(Clone, Debug, Module)]
pub struct Mlp {
    #[module(args(in = "hidden_size", out = "intermediate_size"))]
    pub up_proj: MixedLinear,
    #[module(args(in = "intermediate_size", out = "hidden_size"))]
    pub down_proj: MixedLinear2,
}

/// A table of embeddings, one in each row.
#[derive(Clone, Debug, Module)]
#[module(args(count, dim))]
pub struct Embedding {
    #[param(shape = ["count", "dim"])]
    pub weight: Tensor<Float>,
}

/// A normalisation with a scale.
#[derive(Clone, Debug, Module)]
pub struct Norm {
    #[param(shape = ["hidden_size"])]
    pub weight: Tensor<Float>,
}

/// A linear layer that is quantised or not, as the file has it at each place.
#[derive(Clone, Debug, Module)]
#[module(args(in, out))]
pub enum MixedLinear {
    Float(#[module(args(in = "in", out = "out"))] Linear),
    Gptq(#[module(args(in = "in", out = "out"))] GptqLinear),
}

/// A linear layer without a bias; its weight is `[out, in]`.
#[derive(Clone, Debug, Module)]
#[module(args(in, out))]
pub struct Linear {
    #[param(shape = ["out", "in"])]
    pub weight: Tensor<Float>,
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
    pub scales: Tensor<Float>,
}

/// A linear layer that is quantised or not, as the file has it at each place.
#[derive(Clone, Debug, Module)]
#[module(args(in, out))]
pub enum MixedLinear2 {
    Float(#[module(args(in = "in", out = "out"))] Linear),
    Gptq(#[module(args(in = "in", out = "out"))] GptqLinear),
    Gptq2(#[module(args(in = "in", out = "out"))] GptqLinear2),
}

/// A linear layer of GPTQ: 8 bits, a scale for 32 inputs, packed along its inputs.
/// Zero points are stored less one, unless the configuration says `gptq_v2`.
#[derive(Clone, Debug, Module)]
#[module(args(in, out))]
pub struct GptqLinear2 {
    #[param(shape = ["in"])]
    pub g_idx: Tensor<i32>,
    #[param(shape = ["in" / 4, "out"])]
    pub qweight: Tensor<i32>,
    #[param(shape = [ceil_div("in", 32), "out" / 4])]
    pub qzeros: Tensor<i32>,
    #[param(shape = [ceil_div("in", 32), "out"])]
    pub scales: Tensor<Float>,
}
