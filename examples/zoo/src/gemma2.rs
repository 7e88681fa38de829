//! Gemma 2 on candle, of any size: every other layer sees a window of the text, scores and logits are bounded, and the norms
//! keep their scale minus 1.

use candle_core::{Result, Tensor};
use candle_nn::{Embedding, Linear, Module as _, ops};
use weighbridge::Module;

use crate::layers::{Rope, causal, mix, scores, split_heads};

/// The whole. The head is the embedding, and published files leave it out.
#[derive(Module)]
pub struct Gemma2 {
    /// The decoder.
    pub model: Decoder,
    /// From the residual stream to the vocabulary.
    #[module(
        args(in = "hidden_size", out = "vocab_size", bias = false),
        tied = "model.embed_tokens",
        tied_when = "tie_word_embeddings"
    )]
    pub lm_head: Linear,
    /// The bound of the logits.
    #[module(config)]
    pub final_logit_softcapping: Option<f64>,
}

/// `model.embed_tokens`, `model.layers.0` …, `model.norm`.
#[derive(Module)]
pub struct Decoder {
    /// From tokens to the residual stream.
    #[module(args(count = "vocab_size", dim = "hidden_size"))]
    pub embed_tokens: Embedding,
    /// The layers.
    #[module(len = "num_hidden_layers")]
    pub layers: Vec<Layer>,
    /// Before the head.
    pub norm: Norm,
    /// Which of the layers see a window.
    #[module(config)]
    pub layer_types: Vec<String>,
    /// How many tokens a window has.
    #[module(config)]
    pub sliding_window: usize,
    /// The width of a head.
    #[module(config)]
    pub head_dim: usize,
    /// How slowly the last pair of a head's dimensions turns.
    #[module(config = "rope_parameters.rope_theta")]
    pub rope_theta: f64,
}

/// One decoder layer, with a norm before and behind each of its halves.
#[derive(Module)]
pub struct Layer {
    /// Before the attention.
    pub input_layernorm: Norm,
    /// The attention.
    pub self_attn: Attention,
    /// Behind the attention.
    pub post_attention_layernorm: Norm,
    /// Before the feed-forward network.
    pub pre_feedforward_layernorm: Norm,
    /// The feed-forward network.
    pub mlp: Mlp,
    /// Behind the feed-forward network.
    pub post_feedforward_layernorm: Norm,
}

/// The projections of the attention.
#[derive(Module)]
pub struct Attention {
    /// Queries.
    #[module(args(in = "hidden_size", out = "num_attention_heads" * "head_dim", bias = "attention_bias"))]
    pub q_proj: Linear,
    /// Keys.
    #[module(args(in = "hidden_size", out = "num_key_value_heads" * "head_dim", bias = "attention_bias"))]
    pub k_proj: Linear,
    /// Values.
    #[module(args(in = "hidden_size", out = "num_key_value_heads" * "head_dim", bias = "attention_bias"))]
    pub v_proj: Linear,
    /// Output.
    #[module(args(in = "num_attention_heads" * "head_dim", out = "hidden_size", bias = "attention_bias"))]
    pub o_proj: Linear,
    /// The scores are over the root of this.
    #[module(config)]
    pub query_pre_attn_scalar: f64,
    /// The bound of the scores.
    #[module(config)]
    pub attn_logit_softcapping: Option<f64>,
}

/// The gated feed-forward network.
#[derive(Module)]
pub struct Mlp {
    /// Gate.
    #[module(args(in = "hidden_size", out = "intermediate_size", bias = false))]
    pub gate_proj: Linear,
    /// Up.
    #[module(args(in = "hidden_size", out = "intermediate_size", bias = false))]
    pub up_proj: Linear,
    /// Down.
    #[module(args(in = "intermediate_size", out = "hidden_size", bias = false))]
    pub down_proj: Linear,
}

/// Normalisation by the root of the mean square. The file has the scale minus 1, so it is no `RmsNorm` of candle's.
#[derive(Module)]
pub struct Norm {
    /// The scale of each dimension, minus 1.
    #[param(shape = ["hidden_size"], dtype = ["F32", "BF16", "F16"])]
    pub weight: Tensor,
    /// Added to the mean square.
    #[module(config = "rms_norm_eps")]
    pub eps: f64,
}

impl Gemma2 {
    /// Tokens [batch, tokens] → logits [batch, tokens, vocabulary].
    ///
    /// # Errors
    /// candle's, where a token is not in the vocabulary.
    pub fn forward(&self, tokens: &Tensor) -> Result<Tensor> {
        bounded(self.lm_head.forward(&self.model.forward(tokens)?)?, self.final_logit_softcapping)
    }
}

impl Decoder {
    /// Tokens [batch, tokens] → [batch, tokens, hidden].
    ///
    /// # Errors
    /// candle's, where a token is not in the vocabulary.
    pub fn forward(&self, tokens: &Tensor) -> Result<Tensor> {
        let x = self.embed_tokens.forward(tokens)?;
        let mut x = (x * (self.embed_tokens.hidden_size() as f64).sqrt())?;
        let rope = Rope::new(&x, self.head_dim, self.rope_theta)?;
        let (whole, window) = (causal(&x, None)?, causal(&x, Some(self.sliding_window))?);
        for (layer, kind) in self.layers.iter().zip(&self.layer_types) {
            let mask = if kind == "sliding_attention" { &window } else { &whole };
            let (y, attn) = (layer.input_layernorm.forward(&x)?, &layer.self_attn);
            let heads = |layer: &Linear| split_heads(&layer.forward(&y)?, self.head_dim);
            let scores = scores(&rope.turn(&heads(&attn.q_proj)?)?, &rope.turn(&heads(&attn.k_proj)?)?)?;
            let scores = bounded((scores / attn.query_pre_attn_scalar.sqrt())?, attn.attn_logit_softcapping)?;
            let y = attn.o_proj.forward(&mix(&scores, &heads(&attn.v_proj)?, Some(mask))?)?;
            x = (x + layer.post_attention_layernorm.forward(&y)?)?;
            let y = layer.mlp.forward(&layer.pre_feedforward_layernorm.forward(&x)?)?;
            x = (x + layer.post_feedforward_layernorm.forward(&y)?)?;
        }
        self.norm.forward(&x)
    }
}

impl Mlp {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        // candle's `gelu` is the approximation by a hyperbolic tangent
        self.down_proj.forward(&(self.gate_proj.forward(x)?.gelu()? * self.up_proj.forward(x)?)?)
    }
}

impl Norm {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        ops::rms_norm(&x.contiguous()?, &(&self.weight + 1.0)?, self.eps as f32)
    }
}

/// Between minus `bound` and `bound`, with small numbers almost as they are.
fn bounded(x: Tensor, bound: Option<f64>) -> Result<Tensor> {
    match bound {
        Some(bound) => (x / bound)?.tanh()? * bound,
        None => Ok(x),
    }
}
