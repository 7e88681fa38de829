// Loads `verified.safetensors` strictly: 1306 tensors.
// Generated from the names, dtypes and shapes in it, and meant to be edited.

use weighbridge::{Module, Tensor};

pub const VOCAB: usize = 50;
pub const HIDDEN: usize = 8;
pub const INTERMEDIATE: usize = 24;
pub const MOE_INTERMEDIATE: usize = 6;
pub const QUERIES: usize = 16;
pub const KV: usize = 4;
pub const LAYERS: usize = 61;
pub const EXPERTS: usize = 4;

/// The whole checkpoint.
#[derive(Clone, Debug, Module)]
#[module(verify = "tests/generated/verified.lock")]
pub struct DeepSeek {
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

/// At `model.layers.*`: whichever the file has.
#[derive(Clone, Debug, Module)]
pub enum Layer {
    Dense(Box<DenseLayer>),
    Moe(Box<MoeLayer>),
}

/// At `model.layers.*`.
#[derive(Clone, Debug, Module)]
pub struct DenseLayer {
    pub input_layernorm: Norm,
    pub self_attn: SelfAttn,
    pub post_attention_layernorm: Norm,
    pub mlp: Mlp<INTERMEDIATE>,
}

/// At `model.layers.*.self_attn`.
#[derive(Clone, Debug, Module)]
pub struct SelfAttn {
    pub q_proj: Linear<HIDDEN, QUERIES>,
    pub k_proj: Linear<HIDDEN, KV>,
    pub v_proj: Linear<HIDDEN, KV>,
    pub o_proj: Linear<QUERIES, HIDDEN>,
}

/// At `model.layers.*.mlp`, `model.layers.*.mlp.shared_experts`, `model.layers.*.mlp.experts.*`.
#[derive(Clone, Debug, Module)]
pub struct Mlp<const INTERMEDIATE_SIZE: usize> {
    pub gate_proj: Linear<HIDDEN, INTERMEDIATE_SIZE>,
    pub up_proj: Linear<HIDDEN, INTERMEDIATE_SIZE>,
    pub down_proj: Linear<INTERMEDIATE_SIZE, HIDDEN>,
}

/// At `model.layers.*`.
#[derive(Clone, Debug, Module)]
pub struct MoeLayer {
    pub input_layernorm: Norm,
    pub self_attn: SelfAttn,
    pub post_attention_layernorm: Norm,
    pub mlp: Moe,
}

/// At `model.layers.*.mlp`.
#[derive(Clone, Debug, Module)]
pub struct Moe {
    pub gate: Linear<HIDDEN, EXPERTS>,
    pub shared_experts: Mlp<12>,
    #[module(len = EXPERTS)]
    pub experts: Vec<Mlp<MOE_INTERMEDIATE>>,
}

/// A table of embeddings, one in each row.
#[derive(Clone, Debug, Module)]
pub struct Embedding<const COUNT: usize, const DIM: usize> {
    #[param(shape = [COUNT, DIM])]
    pub weight: Tensor<f32>,
}

/// A normalisation with a scale.
#[derive(Clone, Debug, Module)]
pub struct Norm {
    #[param(shape = [HIDDEN])]
    pub weight: Tensor<f32>,
}

/// A linear layer without a bias; its weight is `[out, in]`.
#[derive(Clone, Debug, Module)]
pub struct Linear<const IN: usize, const OUT: usize> {
    #[param(shape = [OUT, IN])]
    pub weight: Tensor<f32>,
}
