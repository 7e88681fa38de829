//! T5 on candle, of any size, gated or not (`T5ForConditionalGeneration`).
//!
//! Only the first block of each side has the table of relative places, and all blocks of the side use it: the first is a field of its
//! own, and the others are the rest of the same list.

use candle_core::{Result, Tensor};
use candle_nn::{Activation, Embedding, Linear, Module as _, RmsNorm};
use weighbridge::Module;

use crate::layers::{causal, mix, scores, split_heads};

/// The whole.
#[derive(Module)]
pub struct T5 {
    /// From tokens to the residual streams of both sides.
    #[module(args(count = "vocab_size", dim = "d_model"))]
    pub shared: Embedding,
    /// From tokens.
    pub encoder: Encoder,
    /// To tokens.
    pub decoder: Decoder,
    /// From the residual stream to the vocabulary.
    #[module(
        args(in = "d_model", out = "vocab_size", bias = false),
        tied = "shared",
        tied_when = "tie_word_embeddings"
    )]
    pub lm_head: Linear,
    /// Whether the decoder's output is made smaller before the head.
    #[module(config)]
    pub scale_decoder_outputs: bool,
}

/// From tokens.
#[derive(Module)]
pub struct Encoder {
    /// The block that has the table of relative places.
    #[module(rename = "block.0", args(places = true))]
    pub first: EncoderBlock,
    /// The others.
    #[module(items = 1.."num_layers")]
    pub block: Vec<EncoderBlock>,
    /// Behind the last block.
    #[module(args(dim = "d_model", eps = "layer_norm_epsilon"))]
    pub final_layer_norm: RmsNorm,
}

/// To tokens.
#[derive(Module)]
pub struct Decoder {
    /// The block that has the table of relative places.
    #[module(rename = "block.0", args(places = true))]
    pub first: DecoderBlock,
    /// The others.
    #[module(items = 1.."num_decoder_layers")]
    pub block: Vec<DecoderBlock>,
    /// Behind the last block.
    #[module(args(dim = "d_model", eps = "layer_norm_epsilon"))]
    pub final_layer_norm: RmsNorm,
}

/// A block of the encoder.
#[derive(Module)]
#[module(args(places = false))]
pub struct EncoderBlock {
    /// Attention to the text.
    #[module(rename = "layer.0", args(places = "places"))]
    pub attention: SelfAttention,
    /// The feed-forward network.
    #[module(rename = "layer.1")]
    pub feed_forward: FeedForward,
}

/// A block of the decoder.
#[derive(Module)]
#[module(args(places = false))]
pub struct DecoderBlock {
    /// Attention to the text so far.
    #[module(rename = "layer.0", args(places = "places"))]
    pub attention: SelfAttention,
    /// Attention to the encoder's output.
    #[module(rename = "layer.1")]
    pub cross_attention: CrossAttention,
    /// The feed-forward network.
    #[module(rename = "layer.2")]
    pub feed_forward: FeedForward,
}

/// Attention to the sequence itself, and the norm before it.
#[derive(Module)]
#[module(args(places))]
pub struct SelfAttention {
    /// The projections.
    #[module(rename = "SelfAttention")]
    pub attention: Attention,
    /// How much each distance counts, for each head.
    #[module(
        rename = "SelfAttention.relative_attention_bias",
        args(count = "relative_attention_num_buckets", dim = "num_heads"),
        when = "places"
    )]
    pub relative_attention_bias: Option<Embedding>,
    /// Before the projections.
    #[module(args(dim = "d_model", eps = "layer_norm_epsilon"))]
    pub layer_norm: RmsNorm,
    /// From this distance on, all count alike.
    #[module(config)]
    pub relative_attention_max_distance: usize,
}

/// Attention to the encoder's output, and the norm before it.
#[derive(Module)]
pub struct CrossAttention {
    /// The projections.
    #[module(rename = "EncDecAttention")]
    pub attention: Attention,
    /// Before the projections.
    #[module(args(dim = "d_model", eps = "layer_norm_epsilon"))]
    pub layer_norm: RmsNorm,
}

/// The projections of the attention.
#[derive(Module)]
pub struct Attention {
    /// Queries.
    #[module(args(in = "d_model", out = "num_heads" * "d_kv", bias = false))]
    pub q: Linear,
    /// Keys.
    #[module(args(in = "d_model", out = "num_heads" * "d_kv", bias = false))]
    pub k: Linear,
    /// Values.
    #[module(args(in = "d_model", out = "num_heads" * "d_kv", bias = false))]
    pub v: Linear,
    /// Output.
    #[module(args(in = "num_heads" * "d_kv", out = "d_model", bias = false))]
    pub o: Linear,
    /// The width of a head.
    #[module(config)]
    pub d_kv: usize,
}

/// The feed-forward network, and the norm before it.
#[derive(Module)]
pub struct FeedForward {
    /// The linear layers.
    #[module(rename = "DenseReluDense")]
    pub dense: Dense,
    /// Before them.
    #[module(args(dim = "d_model", eps = "layer_norm_epsilon"))]
    pub layer_norm: RmsNorm,
}

/// The linear layers of a feed-forward network: two, or three with a gate.
#[derive(Module)]
pub struct Dense {
    /// Out of the residual stream.
    #[module(args(in = "d_model", out = "d_ff", bias = false), when = !"is_gated_act")]
    pub wi: Option<Linear>,
    /// The gate.
    #[module(args(in = "d_model", out = "d_ff", bias = false), when = "is_gated_act")]
    pub wi_0: Option<Linear>,
    /// Out of the residual stream, beside the gate.
    #[module(args(in = "d_model", out = "d_ff", bias = false), when = "is_gated_act")]
    pub wi_1: Option<Linear>,
    /// Back into the residual stream.
    #[module(args(in = "d_ff", out = "d_model", bias = false))]
    pub wo: Linear,
    /// What stands between them.
    #[module(config)]
    pub dense_act_fn: Activation,
}

impl T5 {
    /// Tokens of both sides [batch, tokens] → logits [batch, tokens of the decoder, vocabulary].
    ///
    /// # Errors
    /// candle's, where a token is not in the vocabulary.
    pub fn forward(&self, tokens: &Tensor, decoder_tokens: &Tensor) -> Result<Tensor> {
        let encoded = self.encoder.forward(&self.shared.forward(tokens)?)?;
        let mut x = self.decoder.forward(&self.shared.forward(decoder_tokens)?, &encoded)?;
        if self.scale_decoder_outputs {
            x = (x / (self.shared.hidden_size() as f64).sqrt())?;
        }
        self.lm_head.forward(&x)
    }
}

impl Encoder {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let (mut x, places) = (x.clone(), places(&self.first.attention, x, true)?);
        for block in [&self.first].into_iter().chain(&self.block) {
            x = block.attention.forward(&x, &places)?;
            x = block.feed_forward.forward(&x)?;
        }
        self.final_layer_norm.forward(&x)
    }
}

impl Decoder {
    fn forward(&self, x: &Tensor, encoded: &Tensor) -> Result<Tensor> {
        let places = places(&self.first.attention, x, false)?.broadcast_add(&causal(x, None)?)?;
        let mut x = x.clone();
        for block in [&self.first].into_iter().chain(&self.block) {
            x = block.attention.forward(&x, &places)?;
            let CrossAttention { attention, layer_norm } = &block.cross_attention;
            x = (&x + attention.forward(&layer_norm.forward(&x)?, encoded, None)?)?;
            x = block.feed_forward.forward(&x)?;
        }
        self.final_layer_norm.forward(&x)
    }
}

impl SelfAttention {
    fn forward(&self, x: &Tensor, places: &Tensor) -> Result<Tensor> {
        let y = self.layer_norm.forward(x)?;
        x + self.attention.forward(&y, &y, Some(places))?
    }
}

/// What each head adds to the score of each pair of places: [heads, tokens, tokens]. `both` if distances to places behind count
/// too.
fn places(first: &SelfAttention, x: &Tensor, both: bool) -> Result<Tensor> {
    let SelfAttention { relative_attention_bias: Some(table), relative_attention_max_distance: longest, .. } = first
    else {
        candle_core::bail!("the first block has no table of relative places")
    };
    let (tokens, buckets) = (x.dim(1)?, table.embeddings().dim(0)?);
    let bucket = |pair: usize| {
        let (at, to) = (pair / tokens, pair % tokens);
        let (count, base) = match both {
            true => (buckets / 2, if to > at { buckets / 2 } else { 0 }),
            false => (buckets, 0),
        };
        let distance = if both { at.abs_diff(to) } else { at.saturating_sub(to) };
        base + bucket_of(distance, count, *longest)
    };
    let numbers = Tensor::from_iter((0..tokens * tokens).map(|pair| bucket(pair) as u32), x.device())?;
    table.forward(&numbers.reshape((tokens, tokens))?)?.permute((2, 0, 1))?.contiguous()
}

/// Short distances have a bucket each, and long ones share the other half of the buckets.
fn bucket_of(distance: usize, count: usize, max_distance: usize) -> usize {
    let exact = count / 2;
    if distance < exact {
        return distance;
    }
    let scale = (count - exact) as f32 / (max_distance as f32 / exact as f32).ln();
    (exact + ((distance as f32 / exact as f32).ln() * scale) as usize).min(count - 1)
}

impl Attention {
    /// T5 has no root of the width in its scores.
    fn forward(&self, x: &Tensor, from: &Tensor, places: Option<&Tensor>) -> Result<Tensor> {
        let heads = |layer: &Linear, x: &Tensor| split_heads(&layer.forward(x)?, self.d_kv);
        let scores = scores(&heads(&self.q, x)?, &heads(&self.k, from)?)?;
        self.o.forward(&mix(&scores, &heads(&self.v, from)?, places)?)
    }
}

impl FeedForward {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let y = self.layer_norm.forward(x)?;
        let inner = match &self.dense {
            Dense { wi_0: Some(gate), wi_1: Some(up), dense_act_fn, .. } => {
                (dense_act_fn.forward(&gate.forward(&y)?)? * up.forward(&y)?)?
            }
            Dense { wi: Some(wi), dense_act_fn, .. } => dense_act_fn.forward(&wi.forward(&y)?)?,
            _ => candle_core::bail!("a feed-forward network without layers"),
        };
        x + self.dense.wo.forward(&inner)?
    }
}
