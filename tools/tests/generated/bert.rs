// Loads `model.safetensors` strictly: 42 tensors.
// Generated from the names, dtypes and shapes in it, and meant to be edited.

use weighbridge::{Module, Tensor};

/// The dtype of the floats.
pub type Float = f32;

pub const VOCAB: usize = 128;
pub const POSITIONS: usize = 64;
pub const TYPES: usize = 2;
pub const HIDDEN: usize = 32;
pub const INTERMEDIATE: usize = 64;
pub const LAYERS: usize = 2;

/// The whole checkpoint.
#[derive(Clone, Debug, Module)]
pub struct BertForMaskedLm {
    pub bert: Bert,
    pub cls: Cls,
}

/// At `bert`.
#[derive(Clone, Debug, Module)]
pub struct Bert {
    pub embeddings: Embeddings,
    pub encoder: Encoder,
}

/// At `bert.embeddings`.
#[derive(Clone, Debug, Module)]
pub struct Embeddings {
    pub word_embeddings: Embedding<VOCAB, HIDDEN>,
    pub position_embeddings: Embedding<POSITIONS, HIDDEN>,
    pub token_type_embeddings: Embedding<TYPES, HIDDEN>,
    #[module(rename = "LayerNorm")]
    pub layer_norm: LayerNorm,
}

/// At `bert.encoder`.
#[derive(Clone, Debug, Module)]
pub struct Encoder {
    #[module(len = LAYERS)]
    pub layer: Vec<Layer>,
}

/// At `bert.encoder.layer.*`.
#[derive(Clone, Debug, Module)]
pub struct Layer {
    pub attention: Attention,
    pub intermediate: Intermediate,
    pub output: Output<INTERMEDIATE>,
}

/// At `bert.encoder.layer.*.attention`.
#[derive(Clone, Debug, Module)]
pub struct Attention {
    #[module(rename = "self")]
    pub self_: SelfAttention,
    pub output: Output<HIDDEN>,
}

/// At `bert.encoder.layer.*.attention.self`.
#[derive(Clone, Debug, Module)]
pub struct SelfAttention {
    pub query: Linear<HIDDEN, HIDDEN>,
    pub key: Linear<HIDDEN, HIDDEN>,
    pub value: Linear<HIDDEN, HIDDEN>,
}

/// At `bert.encoder.layer.*.attention.output`, `bert.encoder.layer.*.output`, `cls.predictions.transform`.
#[derive(Clone, Debug, Module)]
pub struct Output<const IN: usize> {
    pub dense: Linear<IN, HIDDEN>,
    #[module(rename = "LayerNorm")]
    pub layer_norm: LayerNorm,
}

/// At `bert.encoder.layer.*.intermediate`.
#[derive(Clone, Debug, Module)]
pub struct Intermediate {
    pub dense: Linear<HIDDEN, INTERMEDIATE>,
}

/// At `cls`.
#[derive(Clone, Debug, Module)]
pub struct Cls {
    pub predictions: Predictions,
}

/// At `cls.predictions`.
#[derive(Clone, Debug, Module)]
pub struct Predictions {
    pub transform: Output<HIDDEN>,
    #[param(shape = [VOCAB])]
    pub bias: Tensor<Float>,
}

/// A table of embeddings, one in each row.
#[derive(Clone, Debug, Module)]
pub struct Embedding<const COUNT: usize, const DIM: usize> {
    #[param(shape = [COUNT, DIM])]
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

/// A linear layer; its weight is `[out, in]`.
#[derive(Clone, Debug, Module)]
pub struct Linear<const IN: usize, const OUT: usize> {
    #[param(shape = [OUT, IN])]
    pub weight: Tensor<Float>,
    #[param(shape = [OUT])]
    pub bias: Tensor<Float>,
}
