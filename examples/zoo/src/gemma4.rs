//! Gemma 4's text model, of any size: weights alone.
//!
//! Most layers see a window of the text, and the others see all of it, with wider heads. The file decides which a layer
//! is: the two are variants of one enum, and differ in their arguments alone.
//!
//! The configurations that Google publishes have the width of the wider heads as `global_head_dim`. transformers writes it
//! for each layer that has it: [`for_all_layers`] makes the one of the other.

use candle_core::Tensor;
use candle_nn::{Embedding, Linear, RmsNorm};
use serde_json::Value;
use weighbridge::Module;

/// A configuration of transformers, with the keys of Google's for the layers that see all of the text.
pub fn for_all_layers(mut config: Value) -> Value {
    let wide = config["per_layer_config"].as_object().and_then(|layers| layers.values().next()).cloned();
    for (key, global) in [("head_dim", "global_head_dim"), ("num_key_value_heads", "num_global_key_value_heads")] {
        if config[global].is_null()
            && let Some(wide) = &wide
        {
            config[global] = wide.get(key).unwrap_or(&config[key]).clone();
        }
    }
    config
}

/// The whole. The head is the embedding, and published files leave it out.
#[derive(Module)]
pub struct Gemma4 {
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
    /// From tokens to what each layer adds, for all layers beside each other.
    #[module(args(count = "vocab_size_per_layer_input", dim = "num_hidden_layers" * "hidden_size_per_layer_input"))]
    pub embed_tokens_per_layer: Embedding,
    /// From the residual stream to the same.
    #[module(args(in = "hidden_size", out = "num_hidden_layers" * "hidden_size_per_layer_input", bias = false))]
    pub per_layer_model_projection: Linear,
    /// Over each layer's part.
    #[module(args(dim = "hidden_size_per_layer_input", eps = "rms_norm_eps"))]
    pub per_layer_projection_norm: RmsNorm,
    /// The layers.
    #[module(len = "num_hidden_layers")]
    pub layers: Vec<Layer>,
    /// Before the head.
    #[module(args(dim = "hidden_size", eps = "rms_norm_eps"))]
    pub norm: RmsNorm,
}

/// One decoder layer.
#[derive(Module)]
pub struct Layer {
    /// Before the attention.
    #[module(args(dim = "hidden_size", eps = "rms_norm_eps"))]
    pub input_layernorm: RmsNorm,
    /// The attention.
    pub self_attn: Attention,
    /// Behind the attention.
    #[module(args(dim = "hidden_size", eps = "rms_norm_eps"))]
    pub post_attention_layernorm: RmsNorm,
    /// Before the feed-forward network.
    #[module(args(dim = "hidden_size", eps = "rms_norm_eps"))]
    pub pre_feedforward_layernorm: RmsNorm,
    /// The feed-forward network.
    pub mlp: Mlp,
    /// Behind the feed-forward network.
    #[module(args(dim = "hidden_size", eps = "rms_norm_eps"))]
    pub post_feedforward_layernorm: RmsNorm,
    /// From the residual stream to what the layer's part of the second embedding is multiplied by.
    #[module(args(in = "hidden_size", out = "hidden_size_per_layer_input", bias = false))]
    pub per_layer_input_gate: Linear,
    /// Back into the residual stream.
    #[module(args(in = "hidden_size_per_layer_input", out = "hidden_size", bias = false))]
    pub per_layer_projection: Linear,
    /// Behind it.
    #[module(args(dim = "hidden_size", eps = "rms_norm_eps"))]
    pub post_per_layer_input_norm: RmsNorm,
    /// What the layer's output is multiplied by.
    #[param(shape = [1], dtype = ["F32", "BF16"])]
    pub layer_scalar: Tensor,
}

/// The two kinds of attention.
#[derive(Module)]
pub enum Attention {
    /// To a window of the text.
    Sliding(#[module(args(width = "head_dim", shared = "num_key_value_heads", values = true))] Heads),
    /// To all of the text. The keys are the values where `attention_k_eq_v` is true.
    Full(
        #[module(args(width = "global_head_dim", shared = "num_global_key_value_heads", values = !"attention_k_eq_v"))]
        Heads,
    ),
}

/// The projections of the attention: the width of a head, how many heads the keys have, and whether there are values.
#[derive(Module)]
#[module(args(width, shared, values))]
pub struct Heads {
    /// Queries.
    #[module(args(in = "hidden_size", out = "num_attention_heads" * "width", bias = "attention_bias"))]
    pub q_proj: Linear,
    /// Over each head of the queries.
    #[module(args(dim = "width", eps = "rms_norm_eps"))]
    pub q_norm: RmsNorm,
    /// Keys.
    #[module(args(in = "hidden_size", out = "shared" * "width", bias = "attention_bias"))]
    pub k_proj: Linear,
    /// Over each head of the keys.
    #[module(args(dim = "width", eps = "rms_norm_eps"))]
    pub k_norm: RmsNorm,
    /// Values.
    #[module(args(in = "hidden_size", out = "shared" * "width", bias = "attention_bias"), when = "values")]
    pub v_proj: Option<Linear>,
    /// Output.
    #[module(args(in = "num_attention_heads" * "width", out = "hidden_size", bias = "attention_bias"))]
    pub o_proj: Linear,
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
