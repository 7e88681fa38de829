//! A Llama for any configuration, with the names that published checkpoints have.

use half::bf16;
use weighbridge::{Element, Module, Tensor};

/// The dtype and the sizes of a model. Every shape below is an expression of them.
pub trait Config {
    /// The type of the weights' elements.
    type Element: Element;
    /// Tokens in the vocabulary.
    const VOCAB: usize;
    /// Width of the residual stream.
    const HIDDEN: usize;
    /// Width inside the feed-forward network.
    const INTERMEDIATE: usize;
    /// Decoder layers.
    const LAYERS: usize;
    /// Attention heads of the queries.
    const HEADS: usize;
    /// Attention heads of the keys and values; fewer than `HEADS` in grouped-query attention.
    const KV_HEADS: usize;
    /// Width of all heads of the keys.
    const KV_WIDTH: usize = Self::HIDDEN / Self::HEADS * Self::KV_HEADS;
}

/// The model that `fixtures/llama-sharded` holds.
#[derive(Debug)]
pub struct Tiny;

impl Config for Tiny {
    type Element = f32;
    const VOCAB: usize = 128;
    const HIDDEN: usize = 32;
    const INTERMEDIATE: usize = 64;
    const LAYERS: usize = 3;
    const HEADS: usize = 4;
    const KV_HEADS: usize = 2;
}

/// The model that `fixtures/llama` holds: the same in half the bytes.
#[derive(Debug)]
pub struct TinyBf16;

impl Config for TinyBf16 {
    type Element = bf16;
    const VOCAB: usize = Tiny::VOCAB;
    const HIDDEN: usize = Tiny::HIDDEN;
    const INTERMEDIATE: usize = Tiny::INTERMEDIATE;
    const LAYERS: usize = Tiny::LAYERS;
    const HEADS: usize = Tiny::HEADS;
    const KV_HEADS: usize = Tiny::KV_HEADS;
}

/// The whole model: `model.…` and `lm_head.weight`.
#[derive(Module)]
pub struct Llama<C: Config> {
    /// The decoder.
    pub model: Decoder<C>,
    /// From the residual stream to the vocabulary.
    pub lm_head: Head<C>,
}

/// `model.embed_tokens`, `model.layers.0` …, `model.norm`.
#[derive(Module)]
pub struct Decoder<C: Config> {
    /// From tokens to the residual stream.
    pub embed_tokens: Head<C>,
    /// A `Vec`, because stable Rust has no `[Layer<C>; C::LAYERS]`; `len` makes its length a part of the type's schema.
    #[module(len = C::LAYERS)]
    pub layers: Vec<Layer<C>>,
    /// Before the head.
    pub norm: Norm<C>,
}

/// One decoder layer.
#[derive(Module)]
pub struct Layer<C: Config> {
    /// Before the attention.
    pub input_layernorm: Norm<C>,
    /// The attention.
    pub self_attn: Attention<C>,
    /// Before the feed-forward network.
    pub post_attention_layernorm: Norm<C>,
    /// The feed-forward network.
    pub mlp: Mlp<C>,
}

/// Grouped-query attention. Its fields are tensors and not layers, so each has the full name that the layer would give it.
#[derive(Module)]
pub struct Attention<C: Config> {
    /// Queries.
    #[param(shape = [C::HIDDEN, C::HIDDEN], rename = "q_proj.weight")]
    pub q: Tensor<C::Element>,
    /// Keys.
    #[param(shape = [C::KV_WIDTH, C::HIDDEN], rename = "k_proj.weight")]
    pub k: Tensor<C::Element>,
    /// Values.
    #[param(shape = [C::KV_WIDTH, C::HIDDEN], rename = "v_proj.weight")]
    pub v: Tensor<C::Element>,
    /// Output.
    #[param(shape = [C::HIDDEN, C::HIDDEN], rename = "o_proj.weight")]
    pub o: Tensor<C::Element>,
    /// One for each pair of a head's dims. It is computed, so no file has it.
    #[module(skip = inverse_frequencies(C::HIDDEN / C::HEADS))]
    pub inverse_frequencies: Vec<f32>,
}

/// The gated feed-forward network.
#[derive(Module)]
pub struct Mlp<C: Config> {
    /// Gate.
    #[param(shape = [C::INTERMEDIATE, C::HIDDEN], rename = "gate_proj.weight")]
    pub gate: Tensor<C::Element>,
    /// Up.
    #[param(shape = [C::INTERMEDIATE, C::HIDDEN], rename = "up_proj.weight")]
    pub up: Tensor<C::Element>,
    /// Down.
    #[param(shape = [C::HIDDEN, C::INTERMEDIATE], rename = "down_proj.weight")]
    pub down: Tensor<C::Element>,
}

/// Root mean square normalisation.
#[derive(Module)]
pub struct Norm<C: Config> {
    /// One scale for each hidden dim.
    #[param(shape = [C::HIDDEN])]
    pub weight: Tensor<C::Element>,
}

/// The embedding, and the head of the same shape.
#[derive(Module)]
pub struct Head<C: Config> {
    /// A row for each token.
    #[param(shape = [C::VOCAB, C::HIDDEN])]
    pub weight: Tensor<C::Element>,
}

fn inverse_frequencies(head_width: usize) -> Vec<f32> {
    (0..head_width).step_by(2).map(|i| 10_000_f32.powf(-(i as f32) / head_width as f32)).collect()
}
