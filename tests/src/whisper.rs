//! Whisper: an encoder of sound, a decoder of text, attention whose key has no bias.

use wb::{Module, Tensor};

use crate::layers::{Embedding, LayerNorm, Linear, Projection};

const HIDDEN: usize = 32;
const INTERMEDIATE: usize = 64;

#[derive(Module, Clone, Debug, PartialEq)]
#[module(crate = wb)]
pub struct Whisper {
    pub model: Model,
}

#[derive(Module, Clone, Debug, PartialEq)]
#[module(crate = wb)]
pub struct Model {
    pub encoder: Encoder,
    pub decoder: Decoder,
}

#[derive(Module, Clone, Debug, PartialEq)]
#[module(crate = wb)]
pub struct Encoder {
    pub conv1: Conv1d<16, HIDDEN, 3>,
    pub conv2: Conv1d<HIDDEN, HIDDEN, 3>,
    pub embed_positions: Embedding<32, HIDDEN>,
    pub layers: [EncoderLayer; 2],
    pub layer_norm: LayerNorm<HIDDEN>,
}

#[derive(Module, Clone, Debug, PartialEq)]
#[module(crate = wb)]
pub struct Decoder {
    pub embed_tokens: Embedding<128, HIDDEN>,
    pub embed_positions: Embedding<32, HIDDEN>,
    pub layers: [DecoderLayer; 2],
    pub layer_norm: LayerNorm<HIDDEN>,
}

#[derive(Module, Clone, Debug, PartialEq)]
#[module(crate = wb)]
pub struct Conv1d<const IN: usize, const OUT: usize, const KERNEL: usize> {
    #[param(shape = [OUT, IN, KERNEL])]
    pub weight: Tensor<f32>,
    #[param(shape = [OUT])]
    pub bias: Tensor<f32>,
}

#[derive(Module, Clone, Debug, PartialEq)]
#[module(crate = wb)]
pub struct EncoderLayer {
    pub self_attn: Attention,
    pub self_attn_layer_norm: LayerNorm<HIDDEN>,
    #[module(flatten)]
    pub feed_forward: FeedForward,
}

#[derive(Module, Clone, Debug, PartialEq)]
#[module(crate = wb)]
pub struct DecoderLayer {
    /// What both kinds of layers have.
    #[module(flatten)]
    pub common: EncoderLayer,
    pub encoder_attn: Attention,
    pub encoder_attn_layer_norm: LayerNorm<HIDDEN>,
}

#[derive(Module, Clone, Debug, PartialEq)]
#[module(crate = wb)]
pub struct FeedForward {
    pub fc1: Linear<HIDDEN, INTERMEDIATE>,
    pub fc2: Linear<INTERMEDIATE, HIDDEN>,
    pub final_layer_norm: LayerNorm<HIDDEN>,
}

#[derive(Module, Clone, Debug, PartialEq)]
#[module(crate = wb)]
pub struct Attention {
    pub q_proj: Projection<HIDDEN, HIDDEN>,
    pub k_proj: Projection<HIDDEN, HIDDEN>,
    pub v_proj: Projection<HIDDEN, HIDDEN>,
    pub out_proj: Projection<HIDDEN, HIDDEN>,
}
