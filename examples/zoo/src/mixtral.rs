//! Mixtral on candle, of any size: a router sends each token to some of a layer's experts.

use candle_core::{D, Result, Tensor};
use candle_nn::{Embedding, Linear, Module as _, RmsNorm, ops};
use weighbridge::Module;

use crate::layers::{Rope, attention, causal, split_heads};

/// The whole: `model.…` and `lm_head.weight`.
#[derive(Module)]
#[module(defaults(head_dim = "hidden_size" / "num_attention_heads"))]
pub struct Mixtral {
    /// The decoder.
    pub model: Decoder,
    /// From the residual stream to the vocabulary.
    #[module(
        args(in = "hidden_size", out = "vocab_size", bias = false),
        tied = "model.embed_tokens",
        tied_when = "tie_word_embeddings"
    )]
    pub lm_head: Linear,
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
    #[module(args(dim = "hidden_size", eps = "rms_norm_eps"))]
    pub norm: RmsNorm,
    /// The width of a head.
    #[module(config)]
    pub head_dim: usize,
    /// How slowly the last pair of a head's dimensions turns.
    #[module(config = "rope_parameters.rope_theta")]
    pub rope_theta: f64,
}

/// One decoder layer.
#[derive(Module)]
pub struct Layer {
    /// Before the attention.
    #[module(args(dim = "hidden_size", eps = "rms_norm_eps"))]
    pub input_layernorm: RmsNorm,
    /// The attention.
    pub self_attn: Attention,
    /// Before the experts.
    #[module(args(dim = "hidden_size", eps = "rms_norm_eps"))]
    pub post_attention_layernorm: RmsNorm,
    /// The experts.
    pub block_sparse_moe: Experts,
}

/// The projections of the attention.
#[derive(Module)]
pub struct Attention {
    /// Queries.
    #[module(args(in = "hidden_size", out = "num_attention_heads" * "head_dim", bias = false))]
    pub q_proj: Linear,
    /// Keys.
    #[module(args(in = "hidden_size", out = "num_key_value_heads" * "head_dim", bias = false))]
    pub k_proj: Linear,
    /// Values.
    #[module(args(in = "hidden_size", out = "num_key_value_heads" * "head_dim", bias = false))]
    pub v_proj: Linear,
    /// Output.
    #[module(args(in = "num_attention_heads" * "head_dim", out = "hidden_size", bias = false))]
    pub o_proj: Linear,
}

/// The router and those that it sends tokens to.
#[derive(Module)]
pub struct Experts {
    /// The router.
    #[module(args(in = "hidden_size", out = "num_local_experts", bias = false))]
    pub gate: Linear,
    /// The experts.
    #[module(len = "num_local_experts")]
    pub experts: Vec<Expert>,
    /// How many experts a token goes to.
    #[module(config)]
    pub num_experts_per_tok: usize,
}

/// One gated feed-forward network.
#[derive(Module)]
pub struct Expert {
    /// Gate.
    #[module(args(in = "hidden_size", out = "intermediate_size", bias = false))]
    pub w1: Linear,
    /// Down.
    #[module(args(in = "intermediate_size", out = "hidden_size", bias = false))]
    pub w2: Linear,
    /// Up.
    #[module(args(in = "hidden_size", out = "intermediate_size", bias = false))]
    pub w3: Linear,
}

impl Mixtral {
    /// Tokens [batch, tokens] → logits [batch, tokens, vocabulary].
    ///
    /// # Errors
    /// candle's, where a token is not in the vocabulary.
    pub fn forward(&self, tokens: &Tensor) -> Result<Tensor> {
        let model = &self.model;
        let mut x = model.embed_tokens.forward(tokens)?;
        let (rope, mask) = (Rope::new(&x, model.head_dim, model.rope_theta)?, causal(&x, None)?);
        for layer in &model.layers {
            let (y, attn) = (layer.input_layernorm.forward(&x)?, &layer.self_attn);
            let heads = |layer: &Linear| split_heads(&layer.forward(&y)?, model.head_dim);
            let (q, k) = (rope.turn(&heads(&attn.q_proj)?)?, rope.turn(&heads(&attn.k_proj)?)?);
            x = (x + attn.o_proj.forward(&attention(&q, &k, &heads(&attn.v_proj)?, Some(&mask))?)?)?;
            x = (&x + layer.block_sparse_moe.forward(&layer.post_attention_layernorm.forward(&x)?)?)?;
        }
        self.lm_head.forward(&model.norm.forward(&x)?)
    }
}

impl Experts {
    /// Every expert computes every token here, and the weights of those that a token does not go to are 0: that is short, and
    /// costs more than it must.
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let weights = ops::softmax_last_dim(&self.gate.forward(x)?)?;
        let (sorted, _) = weights.sort_last_dim(false)?;
        let least = sorted.narrow(D::Minus1, self.num_experts_per_tok - 1, 1)?;
        let weights = (&weights * weights.broadcast_ge(&least)?.to_dtype(x.dtype())?)?;
        let weights = weights.broadcast_div(&weights.sum_keepdim(D::Minus1)?)?;
        let mut sum = x.zeros_like()?;
        for (at, expert) in self.experts.iter().enumerate() {
            let inner = (expert.w1.forward(x)?.silu()? * expert.w3.forward(x)?)?;
            sum = (sum + expert.w2.forward(&inner)?.broadcast_mul(&weights.narrow(D::Minus1, at, 1)?)?)?;
        }
        Ok(sum)
    }
}
