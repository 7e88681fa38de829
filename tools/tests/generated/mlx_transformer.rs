// Loads `transformer.npz` strictly: 64 tensors.
// Generated from the names, dtypes and shapes in it, and meant to be edited.

use weighbridge::{Module, Tensor};

/// The dtype of the floats.
pub type Float = f32;

pub const HIDDEN: usize = 16;
pub const INTERMEDIATE: usize = 64;
pub const ENCODER_LAYERS: usize = 2;
pub const DECODER_LAYERS: usize = 2;

/// The whole checkpoint.
#[derive(Clone, Debug, Module)]
pub struct Transformer {
    pub encoder: Encoder,
    pub decoder: Decoder,
}

/// At `encoder`.
#[derive(Clone, Debug, Module)]
pub struct Encoder {
    #[module(len = ENCODER_LAYERS)]
    pub layers: Vec<EncoderLayer>,
    pub ln: LayerNorm,
}

/// At `encoder.layers.*`.
#[derive(Clone, Debug, Module)]
pub struct EncoderLayer {
    pub ln1: LayerNorm,
    pub attention: Attention,
    pub ln2: LayerNorm,
    pub linear1: Linear<HIDDEN, INTERMEDIATE>,
    pub linear2: Linear<INTERMEDIATE, HIDDEN>,
}

/// At `encoder.layers.*.attention`, `decoder.layers.*.self_attention`, `decoder.layers.*.cross_attention`.
#[derive(Clone, Debug, Module)]
pub struct Attention {
    pub query_proj: LinearNoBias<HIDDEN, HIDDEN>,
    pub key_proj: LinearNoBias<HIDDEN, HIDDEN>,
    pub value_proj: LinearNoBias<HIDDEN, HIDDEN>,
    pub out_proj: LinearNoBias<HIDDEN, HIDDEN>,
}

/// At `decoder`.
#[derive(Clone, Debug, Module)]
pub struct Decoder {
    #[module(len = DECODER_LAYERS)]
    pub layers: Vec<DecoderLayer>,
    pub ln: LayerNorm,
}

/// At `decoder.layers.*`.
#[derive(Clone, Debug, Module)]
pub struct DecoderLayer {
    pub ln1: LayerNorm,
    pub self_attention: Attention,
    pub ln2: LayerNorm,
    pub cross_attention: Attention,
    pub ln3: LayerNorm,
    pub linear1: Linear<HIDDEN, INTERMEDIATE>,
    pub linear2: Linear<INTERMEDIATE, HIDDEN>,
}

/// A normalisation with a scale and a shift.
#[derive(Clone, Debug, Module)]
pub struct LayerNorm {
    #[param(shape = [HIDDEN])]
    pub weight: Tensor<Float>,
    #[param(shape = [HIDDEN])]
    pub bias: Tensor<Float>,
}

/// A linear layer without a bias; its weight is `[out, in]`.
#[derive(Clone, Debug, Module)]
pub struct LinearNoBias<const IN: usize, const OUT: usize> {
    #[param(shape = [OUT, IN])]
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
