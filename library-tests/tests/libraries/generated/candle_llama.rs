// Loads `model.safetensors` strictly: 30 tensors.
// Generated from the names, dtypes and shapes in it, and meant to be edited.

use candle_core::Tensor;
use weighbridge::{DType, Module};

/// The dtype of the floats.
pub const FLOAT: &[DType] = &[DType::BF16];

pub const VOCAB: usize = 128;
pub const HIDDEN: usize = 32;
pub const INTERMEDIATE: usize = 64;
pub const KV: usize = 16;
pub const LAYERS: usize = 3;

/// The whole checkpoint.
#[derive(Clone, Debug, Module)]
pub struct Llama {
    pub model: Model,
    pub lm_head: Linear<HIDDEN, VOCAB>,
}

/// At `model`.
#[derive(Clone, Debug, Module)]
pub struct Model {
    pub embed_tokens: Embedding<VOCAB, HIDDEN>,
    #[module(len = LAYERS)]
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
    pub q_proj: Linear<HIDDEN, HIDDEN>,
    pub k_proj: Linear<HIDDEN, KV>,
    pub v_proj: Linear<HIDDEN, KV>,
    pub o_proj: Linear<HIDDEN, HIDDEN>,
}

/// At `model.layers.*.mlp`.
#[derive(Clone, Debug, Module)]
pub struct Mlp {
    pub gate_proj: Linear<HIDDEN, INTERMEDIATE>,
    pub up_proj: Linear<HIDDEN, INTERMEDIATE>,
    pub down_proj: Linear<INTERMEDIATE, HIDDEN>,
}

/// A table of embeddings, one in each row.
#[derive(Clone, Debug, Module)]
pub struct Embedding<const COUNT: usize, const DIM: usize> {
    #[param(shape = [COUNT, DIM], dtype = FLOAT)]
    pub weight: Tensor,
}

/// A normalisation with a scale.
#[derive(Clone, Debug, Module)]
pub struct Norm {
    #[param(shape = [HIDDEN], dtype = FLOAT)]
    pub weight: Tensor,
}

/// A linear layer without a bias; its weight is `[out, in]`.
#[derive(Clone, Debug, Module)]
pub struct Linear<const IN: usize, const OUT: usize> {
    #[param(shape = [OUT, IN], dtype = FLOAT)]
    pub weight: Tensor,
}
