// Loads `mixed.safetensors` strictly: 42 tensors.
// Generated from the names, dtypes and shapes in it, and meant to be edited.

use half::f16;
use weighbridge::{Module, Tensor};

/// The dtype of the floats.
pub type Float = f16;

pub const VOCAB: usize = 50;
pub const HIDDEN: usize = 64;
pub const INTERMEDIATE: usize = 96;
pub const KV: usize = 32;
pub const LAYERS: usize = 3;

/// The whole checkpoint.
#[derive(Clone, Debug, Module)]
pub struct Mixed {
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
    pub mlp: Mlp,
}

/// At `model.layers.*.self_attn`.
#[derive(Clone, Debug, Module)]
pub struct SelfAttn {
    pub q_proj: MixedLinear<HIDDEN, HIDDEN>,
    pub k_proj: MixedLinear<HIDDEN, KV>,
}

/// At `model.layers.*.mlp`.
#[derive(Clone, Debug, Module)]
pub struct Mlp {
    pub up_proj: MixedLinear<HIDDEN, INTERMEDIATE>,
    pub down_proj: MixedLinear2<INTERMEDIATE, HIDDEN>,
}

/// A table of embeddings, one in each row.
#[derive(Clone, Debug, Module)]
pub struct Embedding<const COUNT: usize, const DIM: usize> {
    #[param(shape = [COUNT, DIM])]
    pub weight: Tensor<Float>,
}

/// A normalisation with a scale.
#[derive(Clone, Debug, Module)]
pub struct Norm {
    #[param(shape = [HIDDEN])]
    pub weight: Tensor<Float>,
}

/// A linear layer that is quantised or not, as the file has it at each place.
#[derive(Clone, Debug, Module)]
pub enum MixedLinear<const IN: usize, const OUT: usize> {
    Float(Linear<IN, OUT>),
    Gptq(GptqLinear<IN, OUT>),
}

/// A linear layer without a bias; its weight is `[out, in]`.
#[derive(Clone, Debug, Module)]
pub struct Linear<const IN: usize, const OUT: usize> {
    #[param(shape = [OUT, IN])]
    pub weight: Tensor<Float>,
}

/// A linear layer of GPTQ: 4 bits, a scale for 32 inputs, packed along its inputs.
/// Zero points are stored less one, unless the configuration says `gptq_v2`.
#[derive(Clone, Debug, Module)]
pub struct GptqLinear<const IN: usize, const OUT: usize> {
    #[param(shape = [IN])]
    pub g_idx: Tensor<i32>,
    #[param(shape = [IN / 8, OUT])]
    pub qweight: Tensor<i32>,
    #[param(shape = [IN.div_ceil(32), OUT / 8])]
    pub qzeros: Tensor<i32>,
    #[param(shape = [IN.div_ceil(32), OUT])]
    pub scales: Tensor<Float>,
}

/// A linear layer that is quantised or not, as the file has it at each place.
#[derive(Clone, Debug, Module)]
pub enum MixedLinear2<const IN: usize, const OUT: usize> {
    Float(Linear<IN, OUT>),
    Gptq(GptqLinear<IN, OUT>),
    Gptq2(GptqLinear2<IN, OUT>),
}

/// A linear layer of GPTQ: 8 bits, a scale for 32 inputs, packed along its inputs.
/// Zero points are stored less one, unless the configuration says `gptq_v2`.
#[derive(Clone, Debug, Module)]
pub struct GptqLinear2<const IN: usize, const OUT: usize> {
    #[param(shape = [IN])]
    pub g_idx: Tensor<i32>,
    #[param(shape = [IN / 4, OUT])]
    pub qweight: Tensor<i32>,
    #[param(shape = [IN.div_ceil(32), OUT / 4])]
    pub qzeros: Tensor<i32>,
    #[param(shape = [IN.div_ceil(32), OUT])]
    pub scales: Tensor<Float>,
}
