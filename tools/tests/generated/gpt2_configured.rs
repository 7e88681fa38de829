// Loads `model.safetensors` strictly: 28 tensors.
// Generated from the names, dtypes and shapes in it, and meant to be edited.
// Dims in quotes are keys of its configuration: `Loader::new().config_file("config.json")` compares them too.

use weighbridge::{Module, Tensor};

/// The dtype of the floats.
pub type Float = f32;

pub const POSITIONS: usize = 32; // "n_embd" or "n_positions" in config.json
pub const HIDDEN: usize = 32; // "n_embd" or "n_positions" in config.json
pub const QKV: usize = 96;

/// The whole checkpoint.
#[derive(Clone, Debug, Module)]
pub struct Gpt2 {
    pub transformer: Transformer,
}

/// At `transformer`.
#[derive(Clone, Debug, Module)]
pub struct Transformer {
    #[module(args(count = "vocab_size", dim = HIDDEN))]
    pub wte: Embedding,
    #[module(args(count = POSITIONS, dim = HIDDEN))]
    pub wpe: Embedding,
    #[module(len = "n_layer")]
    pub h: Vec<Block>,
    pub ln_f: LayerNorm,
}

/// At `transformer.h.*`.
#[derive(Clone, Debug, Module)]
pub struct Block {
    pub ln_1: LayerNorm,
    pub attn: Attn,
    pub ln_2: LayerNorm,
    pub mlp: Mlp,
}

/// At `transformer.h.*.attn`.
#[derive(Clone, Debug, Module)]
pub struct Attn {
    #[module(args(in = HIDDEN, out = QKV))]
    pub c_attn: Linear,
    #[module(args(in = HIDDEN, out = HIDDEN))]
    pub c_proj: Linear,
}

/// At `transformer.h.*.mlp`.
#[derive(Clone, Debug, Module)]
pub struct Mlp {
    #[module(args(in = HIDDEN, out = "vocab_size"))]
    pub c_fc: Linear,
    #[module(args(in = "vocab_size", out = HIDDEN))]
    pub c_proj: Linear,
}

/// A table of embeddings, one in each row.
#[derive(Clone, Debug, Module)]
#[module(args(count, dim))]
pub struct Embedding {
    #[param(shape = ["count", "dim"])]
    pub weight: Tensor<Float>,
}

/// A normalisation with a scale and a shift.
#[derive(Clone, Debug, Module)]
pub struct LayerNorm {
    #[param(shape = [HIDDEN])]
    pub weight: Tensor<Float>,
    #[param(shape = [HIDDEN])]
    pub bias: Tensor<Float>,
}

/// A linear layer; its weight is `[in, out]`.
#[derive(Clone, Debug, Module)]
#[module(args(in, out))]
pub struct Linear {
    #[param(shape = ["in", "out"])]
    pub weight: Tensor<Float>,
    #[param(shape = ["out"])]
    pub bias: Tensor<Float>,
}
