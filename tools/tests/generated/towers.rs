// Loads `towers.safetensors` strictly: 23 tensors.
// Generated from the names, dtypes and shapes in it, and meant to be edited.

use weighbridge::{Module, Tensor};

/// The dtype of the floats.
pub type Float = f32;

pub const VOCAB: usize = 99;
pub const HIDDEN: usize = 16;
pub const INTERMEDIATE: usize = 64;
pub const TEXT_MODEL_LAYERS: usize = 2;
pub const VISION_MODEL_LAYERS: usize = 3;

/// The whole checkpoint.
#[derive(Clone, Debug, Module)]
pub struct Clip {
    #[param]
    pub logit_scale: Float,
    pub text_model: TextModel,
    pub vision_model: VisionModel,
}

/// At `text_model`.
#[derive(Clone, Debug, Module)]
pub struct TextModel {
    pub embeddings: TextModelEmbeddings,
    pub encoder: Encoder<HIDDEN, INTERMEDIATE, TEXT_MODEL_LAYERS>,
}

/// At `text_model.embeddings`.
#[derive(Clone, Debug, Module)]
pub struct TextModelEmbeddings {
    pub token_embedding: Embedding<VOCAB, HIDDEN>,
}

/// At `text_model.encoder`, `vision_model.encoder`.
#[derive(Clone, Debug, Module)]
pub struct Encoder<const HIDDEN_SIZE: usize, const INTERMEDIATE_SIZE: usize, const LEN: usize> {
    #[module(len = LEN)]
    pub layers: Vec<Layer<HIDDEN_SIZE, INTERMEDIATE_SIZE>>,
}

/// At `text_model.encoder.layers.*`, `vision_model.encoder.layers.*`.
#[derive(Clone, Debug, Module)]
pub struct Layer<const HIDDEN_SIZE: usize, const INTERMEDIATE_SIZE: usize> {
    pub self_attn: SelfAttn<HIDDEN_SIZE>,
    pub layer_norm1: Norm<HIDDEN_SIZE>,
    pub mlp: Mlp<HIDDEN_SIZE, INTERMEDIATE_SIZE>,
}

/// At `text_model.encoder.layers.*.self_attn`, `vision_model.encoder.layers.*.self_attn`.
#[derive(Clone, Debug, Module)]
pub struct SelfAttn<const HIDDEN_SIZE: usize> {
    pub q_proj: Linear<HIDDEN_SIZE, HIDDEN_SIZE>,
}

/// At `text_model.encoder.layers.*.mlp`, `vision_model.encoder.layers.*.mlp`.
#[derive(Clone, Debug, Module)]
pub struct Mlp<const HIDDEN_SIZE: usize, const INTERMEDIATE_SIZE: usize> {
    pub fc1: Linear<HIDDEN_SIZE, INTERMEDIATE_SIZE>,
    pub fc2: Linear<INTERMEDIATE_SIZE, HIDDEN_SIZE>,
}

/// At `vision_model`.
#[derive(Clone, Debug, Module)]
pub struct VisionModel {
    pub embeddings: VisionModelEmbeddings,
    pub encoder: Encoder<24, 96, VISION_MODEL_LAYERS>,
}

/// At `vision_model.embeddings`.
#[derive(Clone, Debug, Module)]
pub struct VisionModelEmbeddings {
    pub patch_embedding: Conv2d<3, 24>,
}

/// A table of embeddings, one in each row.
#[derive(Clone, Debug, Module)]
pub struct Embedding<const COUNT: usize, const DIM: usize> {
    #[param(shape = [COUNT, DIM])]
    pub weight: Tensor<Float>,
}

/// A linear layer without a bias; its weight is `[out, in]`.
#[derive(Clone, Debug, Module)]
pub struct Linear<const IN: usize, const OUT: usize> {
    #[param(shape = [OUT, IN])]
    pub weight: Tensor<Float>,
}

/// A normalisation with a scale.
#[derive(Clone, Debug, Module)]
pub struct Norm<const DIM: usize> {
    #[param(shape = [DIM])]
    pub weight: Tensor<Float>,
}

/// A convolution; its weight is `[out, in, kernel, kernel]`.
#[derive(Clone, Debug, Module)]
pub struct Conv2d<const IN: usize, const OUT: usize> {
    #[param(shape = [OUT, IN, 4, 4])]
    pub weight: Tensor<Float>,
}
