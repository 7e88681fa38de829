//! Whisper on candle, of any size (`WhisperForConditionalGeneration`).
//!
//! Keys have no bias, and queries and values have. The head is the decoder's embedding, and published files leave it out.

use candle_core::{Result, Tensor};
use candle_nn::{Conv1d, Embedding, LayerNorm, Linear, Module as _};
use weighbridge::Module;

use crate::layers::{attention, causal, split_heads};

/// The whole.
#[derive(Module)]
pub struct Whisper {
    /// Encoder and decoder.
    pub model: EncoderDecoder,
    /// From the residual stream to the vocabulary.
    #[module(
        args(in = "d_model", out = "vocab_size", bias = false),
        tied = "model.decoder.embed_tokens",
        tied_when = "tie_word_embeddings"
    )]
    pub proj_out: Linear,
}

/// Everything but the head.
#[derive(Module)]
pub struct EncoderDecoder {
    /// From sound.
    pub encoder: Encoder,
    /// To text.
    pub decoder: Decoder,
}

/// From a spectrogram to a sequence half as long.
#[derive(Module)]
pub struct Encoder {
    /// Over the channels of the spectrogram.
    #[module(args(in = "num_mel_bins", out = "d_model", kernel = 3, padding = 1))]
    pub conv1: Conv1d,
    /// The one that halves the length.
    #[module(args(in = "d_model", out = "d_model", kernel = 3, padding = 1, stride = 2))]
    pub conv2: Conv1d,
    /// A row for each place in the sound.
    #[module(args(count = "max_source_positions", dim = "d_model"))]
    pub embed_positions: Embedding,
    /// The layers.
    #[module(len = "encoder_layers", args(inner = "encoder_ffn_dim", heads = "encoder_attention_heads"))]
    pub layers: Vec<Layer>,
    /// Behind the last layer.
    #[module(args(dim = "d_model"), with(eps = 1e-5))]
    pub layer_norm: LayerNorm,
}

/// From tokens to tokens.
#[derive(Module)]
pub struct Decoder {
    /// A row for each token.
    #[module(args(count = "vocab_size", dim = "d_model"))]
    pub embed_tokens: Embedding,
    /// A row for each place in the text.
    #[module(args(count = "max_target_positions", dim = "d_model"))]
    pub embed_positions: Embedding,
    /// The layers.
    #[module(len = "decoder_layers")]
    pub layers: Vec<DecoderLayer>,
    /// Behind the last layer.
    #[module(args(dim = "d_model"), with(eps = 1e-5))]
    pub layer_norm: LayerNorm,
}

/// Attention to the sequence itself, and a feed-forward network. `inner` is its inner width.
#[derive(Module)]
#[module(args(inner, heads))]
pub struct Layer {
    /// To the sequence itself.
    #[module(args(heads = "heads"))]
    pub self_attn: Attention,
    /// Before it.
    #[module(args(dim = "d_model"), with(eps = 1e-5))]
    pub self_attn_layer_norm: LayerNorm,
    /// Out of the residual stream.
    #[module(args(in = "d_model", out = "inner"))]
    pub fc1: Linear,
    /// Back into it.
    #[module(args(in = "inner", out = "d_model"))]
    pub fc2: Linear,
    /// Before the feed-forward network.
    #[module(args(dim = "d_model"), with(eps = 1e-5))]
    pub final_layer_norm: LayerNorm,
}

/// What a layer of the encoder has, and attention to the encoder's output.
#[derive(Module)]
pub struct DecoderLayer {
    /// Attention to the text, and the feed-forward network; named as if they stood here.
    #[module(flatten, args(inner = "decoder_ffn_dim", heads = "decoder_attention_heads"))]
    pub common: Layer,
    /// To the encoder's output.
    #[module(args(heads = "decoder_attention_heads"))]
    pub encoder_attn: Attention,
    /// Before it.
    #[module(args(dim = "d_model"), with(eps = 1e-5))]
    pub encoder_attn_layer_norm: LayerNorm,
}

/// Attention whose keys have no bias.
#[derive(Module)]
#[module(args(heads))]
pub struct Attention {
    /// Queries.
    #[module(args(in = "d_model", out = "d_model"))]
    pub q_proj: Linear,
    /// Keys.
    #[module(args(in = "d_model", out = "d_model", bias = false))]
    pub k_proj: Linear,
    /// Values.
    #[module(args(in = "d_model", out = "d_model"))]
    pub v_proj: Linear,
    /// Output.
    #[module(args(in = "d_model", out = "d_model"))]
    pub out_proj: Linear,
    /// How many heads share each of them.
    #[module(config = "heads")]
    pub heads: usize,
}

impl Whisper {
    /// A spectrogram [batch, channels, frames] and tokens [batch, tokens] → logits [batch, tokens, vocabulary].
    ///
    /// # Errors
    /// candle's, where there are other channels, more frames than the positions are for, or a token that is not in the
    /// vocabulary.
    pub fn forward(&self, sound: &Tensor, tokens: &Tensor) -> Result<Tensor> {
        let encoded = self.model.encoder.forward(sound)?;
        self.proj_out.forward(&self.model.decoder.forward(tokens, &encoded)?)
    }
}

impl Encoder {
    fn forward(&self, sound: &Tensor) -> Result<Tensor> {
        let x = self.conv2.forward(&self.conv1.forward(sound)?.gelu_erf()?)?.gelu_erf()?;
        let mut x = with_places(&x.transpose(1, 2)?, &self.embed_positions)?;
        for layer in &self.layers {
            x = layer.attend(&x, None)?;
            x = layer.feed_forward(&x)?;
        }
        self.layer_norm.forward(&x)
    }
}

impl Decoder {
    fn forward(&self, tokens: &Tensor, encoded: &Tensor) -> Result<Tensor> {
        let mut x = with_places(&self.embed_tokens.forward(tokens)?, &self.embed_positions)?;
        let mask = causal(&x, None)?;
        for layer in &self.layers {
            x = layer.common.attend(&x, Some(&mask))?;
            let y = layer.encoder_attn_layer_norm.forward(&x)?;
            x = (x + layer.encoder_attn.forward(&y, encoded, None)?)?;
            x = layer.common.feed_forward(&x)?;
        }
        self.layer_norm.forward(&x)
    }
}

/// Plus the row of each place.
fn with_places(x: &Tensor, places: &Embedding) -> Result<Tensor> {
    x.broadcast_add(&places.embeddings().narrow(0, 0, x.dim(1)?)?)
}

impl Layer {
    fn attend(&self, x: &Tensor, mask: Option<&Tensor>) -> Result<Tensor> {
        let y = self.self_attn_layer_norm.forward(x)?;
        x + self.self_attn.forward(&y, &y, mask)?
    }

    fn feed_forward(&self, x: &Tensor) -> Result<Tensor> {
        x + self.fc2.forward(&self.fc1.forward(&self.final_layer_norm.forward(x)?)?.gelu_erf()?)?
    }
}

impl Attention {
    fn forward(&self, x: &Tensor, from: &Tensor, mask: Option<&Tensor>) -> Result<Tensor> {
        let width = x.dim(2)? / self.heads;
        let heads = |layer: &Linear, x: &Tensor| split_heads(&layer.forward(x)?, width);
        let (q, k) = (heads(&self.q_proj, x)?, heads(&self.k_proj, from)?);
        self.out_proj.forward(&attention(&q, &k, &heads(&self.v_proj, from)?, mask)?)
    }
}
