//! Whisper, as transformers saves it (`WhisperForConditionalGeneration`): weights alone.
//!
//! What the layers depend on is in the type: the width `D`, the inner width `F`, the number of layers of each side. What
//! published models of one size differ in is a named dimension, which the file fills in: `"vocab"` is 51865, or 51864 in
//! the English ones, and 51866 in `large-v3`, which also has another number of `"mels"`. So one type is all of them:
//!
//! ```
//! use weighbridge_zoo::whisper::Whisper;
//!
//! type Small = Whisper<768, 3072, 12>;
//! type LargeV3 = Whisper<1280, 5120, 32>;
//! ```

use weighbridge::{Module, Tensor};

use crate::plain::{LayerNorm, Linear, Projection};

/// The committed checkpoint.
pub type Tiny = Whisper<32, 64, 2>;

/// The whole.
#[derive(Module, Clone, Debug, PartialEq)]
pub struct Whisper<const D: usize, const F: usize, const LAYERS: usize> {
    /// Encoder and decoder.
    pub model: EncoderDecoder<D, F, LAYERS>,
    /// The head, which published files leave out because it is the decoder's embedding.
    #[param(rename = "proj_out.weight", shape = ["vocab", D], tied = "model.decoder.embed_tokens.weight")]
    pub head: Tensor<f32>,
}

/// Everything but the head.
#[derive(Module, Clone, Debug, PartialEq)]
pub struct EncoderDecoder<const D: usize, const F: usize, const LAYERS: usize> {
    /// From sound.
    pub encoder: Encoder<D, F, LAYERS>,
    /// To text.
    pub decoder: Decoder<D, F, LAYERS>,
}

/// From a spectrogram to a sequence half as long.
#[derive(Module, Clone, Debug, PartialEq)]
pub struct Encoder<const D: usize, const F: usize, const LAYERS: usize> {
    /// The kernels of the first convolution: three wide, over the spectrogram's channels.
    #[param(rename = "conv1.weight", shape = [D, "mels", 3])]
    pub conv1: Tensor<f32>,
    /// The bias of the first convolution.
    #[param(rename = "conv1.bias", shape = [D])]
    pub conv1_bias: Tensor<f32>,
    /// The kernels of the second convolution, which has a stride of two.
    #[param(rename = "conv2.weight", shape = [D, D, 3])]
    pub conv2: Tensor<f32>,
    /// The bias of the second convolution.
    #[param(rename = "conv2.bias", shape = [D])]
    pub conv2_bias: Tensor<f32>,
    /// A row for each place in the sound.
    #[param(rename = "embed_positions.weight", shape = ["source_positions", D])]
    pub embed_positions: Tensor<f32>,
    /// The layers.
    pub layers: [EncoderLayer<D, F>; LAYERS],
    /// Behind the last layer.
    pub layer_norm: LayerNorm<D>,
}

/// From tokens to tokens.
#[derive(Module, Clone, Debug, PartialEq)]
pub struct Decoder<const D: usize, const F: usize, const LAYERS: usize> {
    /// A row for each token.
    #[param(rename = "embed_tokens.weight", shape = ["vocab", D])]
    pub embed_tokens: Tensor<f32>,
    /// A row for each place in the text.
    #[param(rename = "embed_positions.weight", shape = ["target_positions", D])]
    pub embed_positions: Tensor<f32>,
    /// The layers.
    pub layers: [DecoderLayer<D, F>; LAYERS],
    /// Behind the last layer.
    pub layer_norm: LayerNorm<D>,
}

/// Attention to the sound, and a feed-forward network.
#[derive(Module, Clone, Debug, PartialEq)]
pub struct EncoderLayer<const D: usize, const F: usize> {
    /// To the sequence itself.
    pub self_attn: Attention<D>,
    /// Before it.
    pub self_attn_layer_norm: LayerNorm<D>,
    /// Out of the residual stream.
    pub fc1: Linear<D, F>,
    /// Back into it.
    pub fc2: Linear<F, D>,
    /// Before the feed-forward network.
    pub final_layer_norm: LayerNorm<D>,
}

/// What a layer of the encoder has, and attention to the encoder's output.
#[derive(Module, Clone, Debug, PartialEq)]
pub struct DecoderLayer<const D: usize, const F: usize> {
    /// Attention to the text, and the feed-forward network; named as if they stood here.
    #[module(flatten)]
    pub common: EncoderLayer<D, F>,
    /// To the encoder's output.
    pub encoder_attn: Attention<D>,
    /// Before it.
    pub encoder_attn_layer_norm: LayerNorm<D>,
}

/// Attention whose keys have no bias.
#[derive(Module, Clone, Debug, PartialEq)]
pub struct Attention<const D: usize> {
    /// Queries.
    pub q_proj: Linear<D, D>,
    /// Keys.
    pub k_proj: Projection<D, D>,
    /// Values.
    pub v_proj: Linear<D, D>,
    /// Output.
    pub out_proj: Linear<D, D>,
}
