// Loads `model.safetensors` strictly: 30 tensors.
// Generated from the names, dtypes and shapes in it, and meant to be edited.
// Dims in quotes are keys of its configuration: `Loader::new().config_file("config.json")` compares them too.

use half::bf16;
use weighbridge::{Module, Tensor};

/// The dtype of the floats.
pub type Float = bf16;

pub const INTERMEDIATE: usize = 64; // "intermediate_size" or "max_position_embeddings" in config.json
pub const KV: usize = 16;

/// The whole checkpoint.
#[derive(Clone, Debug, Module)]
pub struct Llama {
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
    pub post_attention_layernorm: Norm,
    pub mlp: Mlp,
}

/// At `model.layers.*.self_attn`.
#[derive(Clone, Debug, Module)]
pub struct SelfAttn {
    #[module(args(in = "hidden_size", out = "hidden_size"))]
    pub q_proj: Linear,
    #[module(args(in = "hidden_size", out = KV))]
    pub k_proj: Linear,
    #[module(args(in = "hidden_size", out = KV))]
    pub v_proj: Linear,
    #[module(args(in = "hidden_size", out = "hidden_size"))]
    pub o_proj: Linear,
}

/// At `model.layers.*.mlp`.
#[derive(Clone, Debug, Module)]
pub struct Mlp {
    #[module(args(in = "hidden_size", out = INTERMEDIATE))]
    pub gate_proj: Linear,
    #[module(args(in = "hidden_size", out = INTERMEDIATE))]
    pub up_proj: Linear,
    #[module(args(in = INTERMEDIATE, out = "hidden_size"))]
    pub down_proj: Linear,
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

/// A linear layer without a bias; its weight is `[out, in]`.
#[derive(Clone, Debug, Module)]
#[module(args(in, out))]
pub struct Linear {
    #[param(shape = ["out", "in"])]
    pub weight: Tensor<Float>,
}
