//! DeepSeek-V3 as it is published, of any size: weights alone.
//!
//! The first layers are dense, and the others have experts. Behind the last layer the file has one more, which predicts a second token
//! and has an embedding and a head of its own. All are in one list, and the configuration says how many there are of each. Matrices have
//! 8 bits, and a scale for each block of them.

use candle_core::Tensor;
use candle_nn::{Embedding, Linear, RmsNorm};
use weighbridge::Module;

use crate::quantised::fp8;

/// The whole: `model.…` and `lm_head.weight`.
#[derive(Module)]
pub struct DeepseekV3 {
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
    /// The first layers.
    #[module(rename = "layers", items = .."first_k_dense_replace")]
    pub dense: Vec<DenseLayer>,
    /// The others.
    #[module(rename = "layers", items = "first_k_dense_replace".."num_hidden_layers")]
    pub sparse: Vec<SparseLayer>,
    /// Those that predict more than the next token.
    #[module(rename = "layers", items = "num_hidden_layers".."num_hidden_layers" + "num_nextn_predict_layers")]
    pub next: Vec<NextLayer>,
    /// Before the head.
    #[module(args(dim = "hidden_size", eps = "rms_norm_eps"))]
    pub norm: RmsNorm,
}

/// A layer with one feed-forward network.
#[derive(Module)]
pub struct DenseLayer {
    /// The attention, and the norms.
    #[module(flatten)]
    pub common: Common,
    /// The network.
    #[module(args(inner = "intermediate_size"))]
    pub mlp: Mlp,
}

/// A layer with a router, and networks that it sends tokens to.
#[derive(Module)]
pub struct SparseLayer {
    /// The attention, and the norms.
    #[module(flatten)]
    pub common: Common,
    /// The networks.
    pub mlp: Experts,
}

/// A layer that predicts one token more.
#[derive(Module)]
pub struct NextLayer {
    /// A layer as the others are.
    #[module(flatten)]
    pub layer: SparseLayer,
    /// What it has besides.
    #[module(flatten)]
    pub next: Next,
}

/// What all layers have.
#[derive(Module)]
pub struct Common {
    /// Before the attention.
    #[module(args(dim = "hidden_size", eps = "rms_norm_eps"))]
    pub input_layernorm: RmsNorm,
    /// The attention.
    pub self_attn: Attention,
    /// Before the feed-forward network.
    #[module(args(dim = "hidden_size", eps = "rms_norm_eps"))]
    pub post_attention_layernorm: RmsNorm,
}

/// What a layer has that predicts one token more.
#[derive(Module)]
pub struct Next {
    /// From tokens to the residual stream.
    #[module(args(count = "vocab_size", dim = "hidden_size"))]
    pub embed_tokens: Embedding,
    /// Over the embedding of the next token.
    #[module(args(dim = "hidden_size", eps = "rms_norm_eps"))]
    pub enorm: RmsNorm,
    /// Over the residual stream.
    #[module(args(dim = "hidden_size", eps = "rms_norm_eps"))]
    pub hnorm: RmsNorm,
    /// From both to the residual stream.
    #[module(args(in = 2 * "hidden_size", out = "hidden_size", bias = false))]
    pub eh_proj: Linear,
    /// Before the head.
    #[module(rename = "shared_head.norm", args(dim = "hidden_size", eps = "rms_norm_eps"))]
    pub norm: RmsNorm,
    /// From the residual stream to the vocabulary.
    #[module(rename = "shared_head.head", args(in = "hidden_size", out = "vocab_size", bias = false))]
    pub head: Linear,
}

/// The projections of the attention: queries, and keys with values, each by way of fewer dimensions.
#[derive(Module)]
pub struct Attention {
    /// Queries, made small.
    #[module(args(in = "hidden_size", out = "q_lora_rank", bias = "attention_bias"))]
    pub q_a_proj: Quantised,
    /// Over what is small.
    #[module(args(dim = "q_lora_rank", eps = "rms_norm_eps"))]
    pub q_a_layernorm: RmsNorm,
    /// Queries.
    #[module(args(in = "q_lora_rank", out = "num_attention_heads" * ("qk_nope_head_dim" + "qk_rope_head_dim")))]
    pub q_b_proj: Quantised,
    /// Keys and values, made small, and the part of the keys that has places.
    #[module(args(in = "hidden_size", out = "kv_lora_rank" + "qk_rope_head_dim", bias = "attention_bias"))]
    pub kv_a_proj_with_mqa: Quantised,
    /// Over what is small.
    #[module(args(dim = "kv_lora_rank", eps = "rms_norm_eps"))]
    pub kv_a_layernorm: RmsNorm,
    /// Keys and values.
    #[module(args(in = "kv_lora_rank", out = "num_attention_heads" * ("qk_nope_head_dim" + "v_head_dim")))]
    pub kv_b_proj: Quantised,
    /// Output.
    #[module(args(in = "num_attention_heads" * "v_head_dim", out = "hidden_size", bias = "attention_bias"))]
    pub o_proj: Quantised,
}

/// A gated feed-forward network of this inner width.
#[derive(Module)]
#[module(args(inner))]
pub struct Mlp {
    /// Gate.
    #[module(args(in = "hidden_size", out = "inner"))]
    pub gate_proj: Quantised,
    /// Up.
    #[module(args(in = "hidden_size", out = "inner"))]
    pub up_proj: Quantised,
    /// Down.
    #[module(args(in = "inner", out = "hidden_size"))]
    pub down_proj: Quantised,
}

/// The router and the experts.
#[derive(Module)]
pub struct Experts {
    /// The router.
    #[module(args(in = "hidden_size", out = "n_routed_experts", bias = false))]
    pub gate: Linear,
    /// Added to the router's scores where it chooses.
    #[param(rename = "gate.e_score_correction_bias", shape = ["n_routed_experts"], dtype = "F32")]
    pub correction: Tensor,
    /// Those that some tokens go to.
    #[module(len = "n_routed_experts", args(inner = "moe_intermediate_size"))]
    pub experts: Vec<Mlp>,
    /// The one that all tokens go to.
    #[module(args(inner = "moe_intermediate_size" * "n_shared_experts"))]
    pub shared_experts: Mlp,
}

/// A linear layer in 8 bits.
#[derive(Module)]
#[module(args(in, out, bias = false))]
pub struct Quantised {
    /// The weight, and a scale for each block of it.
    #[module(flatten, args(in = "in", out = "out"))]
    pub matrix: fp8::Matrix,
    /// Added to each output.
    #[param(shape = ["out"], dtype = ["F32", "BF16"], when = "bias")]
    pub bias: Option<Tensor>,
}
