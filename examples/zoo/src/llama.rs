//! Llama, Qwen2 and Qwen3 on candle, of any size: one struct, and `config.json` says which it is.
//!
//! The three differ in a few layers. Qwen2 has biases at three of its projections, and no key for them in its
//! configuration: `model_type` says it. Qwen3 has norms over each head, which its `model_type` says too. Llama and Qwen3 have
//! biases where `attention_bias` is true. The head is the embedding where `tie_word_embeddings` is true: most of such files
//! leave `lm_head.weight` out, and one that has a copy of the embedding fits too.
//!
//! [`LlamaFused`] loads the same files and holds the projections of queries, keys and values in one tensor, and gate and up
//! in another: one multiplication instead of several.

use candle_core::{Result, Tensor};
use candle_nn::{Embedding, Linear, Module as _, RmsNorm, ops};
use weighbridge::Module;

use crate::layers::{Rope, attention, causal, split_heads};

/// The whole: `model.…` and `lm_head.weight`. `A` and `M` hold a layer's projections.
#[derive(Module)]
#[module(defaults(head_dim = "hidden_size" / "num_attention_heads", mlp_bias = false))]
pub struct Llama<A = Attention, M = Mlp> {
    /// The decoder.
    pub model: Decoder<A, M>,
    /// From the residual stream to the vocabulary.
    #[module(
        args(in = "hidden_size", out = "vocab_size", bias = false),
        tied = "model.embed_tokens",
        tied_when = "tie_word_embeddings"
    )]
    pub lm_head: Linear,
}

/// The same models from the same files, with fused projections: those without biases.
pub type LlamaFused = Llama<FusedAttention, FusedMlp>;

/// `model.embed_tokens`, `model.layers.0` …, `model.norm`.
#[derive(Module)]
pub struct Decoder<A, M> {
    /// From tokens to the residual stream.
    #[module(args(count = "vocab_size", dim = "hidden_size"))]
    pub embed_tokens: Embedding,
    /// The layers.
    #[module(len = "num_hidden_layers")]
    pub layers: Vec<Layer<A, M>>,
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
pub struct Layer<A, M> {
    /// Before the attention.
    #[module(args(dim = "hidden_size", eps = "rms_norm_eps"))]
    pub input_layernorm: RmsNorm,
    /// The attention.
    pub self_attn: A,
    /// Before the feed-forward network.
    #[module(args(dim = "hidden_size", eps = "rms_norm_eps"))]
    pub post_attention_layernorm: RmsNorm,
    /// The feed-forward network.
    pub mlp: M,
}

/// The projections of the attention, as they are published.
#[derive(Module)]
pub struct Attention {
    /// Queries.
    #[module(args(in = "hidden_size", out = "num_attention_heads" * "head_dim", bias = "model_type" == "qwen2" || "attention_bias"))]
    pub q_proj: Linear,
    /// Keys.
    #[module(args(in = "hidden_size", out = "num_key_value_heads" * "head_dim", bias = "model_type" == "qwen2" || "attention_bias"))]
    pub k_proj: Linear,
    /// Values.
    #[module(args(in = "hidden_size", out = "num_key_value_heads" * "head_dim", bias = "model_type" == "qwen2" || "attention_bias"))]
    pub v_proj: Linear,
    /// Output.
    #[module(args(in = "num_attention_heads" * "head_dim", out = "hidden_size", bias = "model_type" != "qwen2" && "attention_bias"))]
    pub o_proj: Linear,
    /// Over each head of the queries.
    #[module(args(dim = "head_dim", eps = "rms_norm_eps"), when = "model_type" == "qwen3")]
    pub q_norm: Option<RmsNorm>,
    /// Over each head of the keys.
    #[module(args(dim = "head_dim", eps = "rms_norm_eps"), when = "model_type" == "qwen3")]
    pub k_norm: Option<RmsNorm>,
}

/// The gated feed-forward network, as it is published.
#[derive(Module)]
pub struct Mlp {
    /// Gate.
    #[module(args(in = "hidden_size", out = "intermediate_size", bias = "mlp_bias"))]
    pub gate_proj: Linear,
    /// Up.
    #[module(args(in = "hidden_size", out = "intermediate_size", bias = "mlp_bias"))]
    pub up_proj: Linear,
    /// Down.
    #[module(args(in = "intermediate_size", out = "hidden_size", bias = "mlp_bias"))]
    pub down_proj: Linear,
}

/// The projections of the attention, with the first three in one tensor. There are fewer heads of keys than of queries,
/// so the parts differ, and each says its extent.
#[derive(Module)]
pub struct FusedAttention {
    /// Queries, keys and values below each other.
    #[param(
        shape = [("num_attention_heads" + 2 * "num_key_value_heads") * "head_dim", "hidden_size"],
        dtype = ["F32", "BF16", "F16"],
        from = concat(
            dim = 0,
            "q_proj.weight": "num_attention_heads" * "head_dim",
            "k_proj.weight": "num_key_value_heads" * "head_dim",
            "v_proj.weight": "num_key_value_heads" * "head_dim",
        ),
    )]
    pub qkv: Tensor,
    /// Output.
    #[module(args(in = "num_attention_heads" * "head_dim", out = "hidden_size", bias = false))]
    pub o_proj: Linear,
    /// How many heads the queries have.
    #[module(config)]
    pub num_attention_heads: usize,
    /// How many heads the keys have, and the values.
    #[module(config)]
    pub num_key_value_heads: usize,
}

/// The gated feed-forward network, with the first two projections in one tensor.
#[derive(Module)]
pub struct FusedMlp {
    /// Gate and up below each other.
    #[param(
        shape = [2 * "intermediate_size", "hidden_size"],
        dtype = ["F32", "BF16", "F16"],
        from = concat(dim = 0, "gate_proj.weight", "up_proj.weight"),
    )]
    pub gate_up: Tensor,
    /// Down.
    #[module(args(in = "intermediate_size", out = "hidden_size", bias = false))]
    pub down_proj: Linear,
}

/// What holds a layer's projections for attention.
pub trait Projections: Module {
    /// Heads of queries, keys and values, each of this width.
    ///
    /// # Errors
    /// candle's.
    fn project(&self, x: &Tensor, width: usize) -> Result<[Tensor; 3]>;

    /// Back into the residual stream.
    ///
    /// # Errors
    /// candle's.
    fn output(&self, x: &Tensor) -> Result<Tensor>;
}

impl Projections for Attention {
    fn project(&self, x: &Tensor, width: usize) -> Result<[Tensor; 3]> {
        let heads = |layer: &Linear| split_heads(&layer.forward(x)?, width);
        let normed = |norm: &Option<RmsNorm>, x: Tensor| norm.as_ref().map_or(Ok(x.clone()), |norm| norm.forward(&x));
        let (q, k) = (normed(&self.q_norm, heads(&self.q_proj)?)?, normed(&self.k_norm, heads(&self.k_proj)?)?);
        Ok([q, k, heads(&self.v_proj)?])
    }

    fn output(&self, x: &Tensor) -> Result<Tensor> {
        self.o_proj.forward(x)
    }
}

impl Projections for FusedAttention {
    fn project(&self, x: &Tensor, width: usize) -> Result<[Tensor; 3]> {
        let (queries, keys) = (self.num_attention_heads, self.num_key_value_heads);
        let heads = split_heads(&Linear::new(self.qkv.clone(), None).forward(x)?, width)?;
        let part = |start, len| heads.narrow(1, start, len)?.contiguous();
        Ok([part(0, queries)?, part(queries, keys)?, part(queries + keys, keys)?])
    }

    fn output(&self, x: &Tensor) -> Result<Tensor> {
        self.o_proj.forward(x)
    }
}

/// What holds a layer's gated feed-forward network.
pub trait Gated: Module {
    /// [.., hidden] → [.., hidden].
    ///
    /// # Errors
    /// candle's.
    fn forward(&self, x: &Tensor) -> Result<Tensor>;
}

impl Gated for Mlp {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        self.down_proj.forward(&(self.gate_proj.forward(x)?.silu()? * self.up_proj.forward(x)?)?)
    }
}

impl Gated for FusedMlp {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        // silu of the first half, times the second
        self.down_proj.forward(&ops::swiglu(&Linear::new(self.gate_up.clone(), None).forward(x)?)?)
    }
}

impl<A: Projections, M: Gated> Llama<A, M> {
    /// Tokens [batch, tokens] → logits [batch, tokens, vocabulary].
    ///
    /// # Errors
    /// candle's, where a token is not in the vocabulary.
    pub fn forward(&self, tokens: &Tensor) -> Result<Tensor> {
        self.lm_head.forward(&self.model.forward(tokens)?)
    }
}

impl<A: Projections, M: Gated> Decoder<A, M> {
    /// Tokens [batch, tokens] → [batch, tokens, hidden].
    ///
    /// # Errors
    /// candle's, where a token is not in the vocabulary.
    pub fn forward(&self, tokens: &Tensor) -> Result<Tensor> {
        let mut x = self.embed_tokens.forward(tokens)?;
        let (rope, mask) = (Rope::new(&x, self.head_dim, self.rope_theta)?, causal(&x, None)?);
        for layer in &self.layers {
            let [q, k, v] = layer.self_attn.project(&layer.input_layernorm.forward(&x)?, self.head_dim)?;
            let mixed = attention(&rope.turn(&q)?, &rope.turn(&k)?, &v, Some(&mask))?;
            x = (x + layer.self_attn.output(&mixed)?)?;
            x = (&x + layer.mlp.forward(&layer.post_attention_layernorm.forward(&x)?)?)?;
        }
        self.norm.forward(&x)
    }
}
