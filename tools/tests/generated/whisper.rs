// Loads `model.safetensors` strictly: 89 tensors.
// Generated from the names, dtypes and shapes in it, and meant to be edited.

use weighbridge::{Module, Tensor};

/// The dtype of the floats.
pub type Float = f32;

pub const VOCAB: usize = 128;
pub const ENCODER_POSITIONS: usize = 32;
pub const DECODER_POSITIONS: usize = 32;
pub const HIDDEN: usize = 32;
pub const INTERMEDIATE: usize = 64;
pub const ENCODER_LAYERS: usize = 2;
pub const DECODER_LAYERS: usize = 2;

/// The whole checkpoint.
#[derive(Clone, Debug, Module)]
pub struct Whisper {
    pub model: Model,
}

/// At `model`.
#[derive(Clone, Debug, Module)]
pub struct Model {
    pub encoder: Encoder,
    pub decoder: Decoder,
}

/// At `model.encoder`.
#[derive(Clone, Debug, Module)]
pub struct Encoder {
    pub conv1: Conv1d<16, HIDDEN>,
    pub conv2: Conv1d<HIDDEN, HIDDEN>,
    pub embed_positions: Embedding<ENCODER_POSITIONS, HIDDEN>,
    #[module(len = ENCODER_LAYERS)]
    pub layers: Vec<EncoderLayer>,
    pub layer_norm: LayerNorm,
}

/// At `model.encoder.layers.*`.
#[derive(Clone, Debug, Module)]
pub struct EncoderLayer {
    pub self_attn: Attention,
    pub self_attn_layer_norm: LayerNorm,
    pub fc1: Linear<HIDDEN, INTERMEDIATE>,
    pub fc2: Linear<INTERMEDIATE, HIDDEN>,
    pub final_layer_norm: LayerNorm,
}

/// At `model.encoder.layers.*.self_attn`, `model.decoder.layers.*.self_attn`, `model.decoder.layers.*.encoder_attn`.
#[derive(Clone, Debug, Module)]
pub struct Attention {
    pub q_proj: Linear<HIDDEN, HIDDEN>,
    pub k_proj: LinearNoBias<HIDDEN, HIDDEN>,
    pub v_proj: Linear<HIDDEN, HIDDEN>,
    pub out_proj: Linear<HIDDEN, HIDDEN>,
}

/// At `model.decoder`.
#[derive(Clone, Debug, Module)]
pub struct Decoder {
    pub embed_tokens: Embedding<VOCAB, HIDDEN>,
    pub embed_positions: Embedding<DECODER_POSITIONS, HIDDEN>,
    #[module(len = DECODER_LAYERS)]
    pub layers: Vec<DecoderLayer>,
    pub layer_norm: LayerNorm,
}

/// At `model.decoder.layers.*`.
#[derive(Clone, Debug, Module)]
pub struct DecoderLayer {
    pub self_attn: Attention,
    pub self_attn_layer_norm: LayerNorm,
    pub encoder_attn: Attention,
    pub encoder_attn_layer_norm: LayerNorm,
    pub fc1: Linear<HIDDEN, INTERMEDIATE>,
    pub fc2: Linear<INTERMEDIATE, HIDDEN>,
    pub final_layer_norm: LayerNorm,
}

/// A convolution; its weight is `[out, in, kernel]`.
#[derive(Clone, Debug, Module)]
pub struct Conv1d<const IN: usize, const OUT: usize> {
    #[param(shape = [OUT, IN, 3])]
    pub weight: Tensor<Float>,
    #[param(shape = [OUT])]
    pub bias: Tensor<Float>,
}

/// A table of embeddings, one in each row.
#[derive(Clone, Debug, Module)]
pub struct Embedding<const COUNT: usize, const DIM: usize> {
    #[param(shape = [COUNT, DIM])]
    pub weight: Tensor<Float>,
}

/// A linear layer; its weight is `[out, in]`.
#[derive(Clone, Debug, Module)]
pub struct Linear<const IN: usize, const OUT: usize> {
    #[param(shape = [OUT, IN])]
    pub weight: Tensor<Float>,
    #[param(shape = [OUT])]
    pub bias: Tensor<Float>,
}

/// A linear layer without a bias; its weight is `[out, in]`.
#[derive(Clone, Debug, Module)]
pub struct LinearNoBias<const IN: usize, const OUT: usize> {
    #[param(shape = [OUT, IN])]
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
