//! Llama, of any size and element type.

use std::marker::PhantomData;

use wb::{Element, Module, Tensor};

pub trait Config {
    const VOCAB: usize;
    const HIDDEN: usize;
    const INTERMEDIATE: usize;
    const HEADS: usize;
    const KV_HEADS: usize;
    const LAYERS: usize;
    const KV: usize = Self::HIDDEN / Self::HEADS * Self::KV_HEADS;
}

/// The size of the committed checkpoints.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tiny;

impl Config for Tiny {
    const VOCAB: usize = 128;
    const HIDDEN: usize = 32;
    const INTERMEDIATE: usize = 64;
    const HEADS: usize = 4;
    const KV_HEADS: usize = 2;
    const LAYERS: usize = 3;
}

#[derive(Module, Clone, Debug, PartialEq)]
#[module(crate = wb)]
pub struct Llama<C: Config, T: Element = f32> {
    pub model: Model<C, T>,
    #[param(rename = "lm_head.weight", shape = [C::VOCAB, C::HIDDEN])]
    pub lm_head: Tensor<T>,
}

/// The head is the embedding, and no tensor of its own.
#[derive(Module, Clone, Debug, PartialEq)]
#[module(crate = wb)]
pub struct LlamaTied<C: Config, T: Element = f32> {
    pub model: Model<C, T>,
}

#[derive(Module, Clone, Debug, PartialEq)]
#[module(crate = wb)]
pub struct Model<C: Config, T: Element> {
    #[param(rename = "embed_tokens.weight", shape = [C::VOCAB, C::HIDDEN])]
    pub embed_tokens: Tensor<T>,
    #[module(len = C::LAYERS)]
    pub layers: Vec<Layer<C, T>>,
    #[param(rename = "norm.weight", shape = [C::HIDDEN])]
    pub norm: Tensor<T>,
}

#[derive(Module, Clone, Debug, PartialEq)]
#[module(crate = wb)]
pub struct Layer<C: Config, T: Element> {
    #[param(rename = "input_layernorm.weight", shape = [C::HIDDEN])]
    pub input_layernorm: Tensor<T>,
    pub self_attn: Attention<C, T>,
    #[param(rename = "post_attention_layernorm.weight", shape = [C::HIDDEN])]
    pub post_attention_layernorm: Tensor<T>,
    pub mlp: Mlp<C, T>,
}

#[derive(Module, Clone, Debug, PartialEq)]
#[module(crate = wb)]
pub struct Attention<C: Config, T: Element> {
    #[param(rename = "q_proj.weight", shape = [C::HIDDEN, C::HIDDEN])]
    pub q_proj: Tensor<T>,
    #[param(rename = "k_proj.weight", shape = [C::KV, C::HIDDEN])]
    pub k_proj: Tensor<T>,
    #[param(rename = "v_proj.weight", shape = [C::HIDDEN / C::HEADS * C::KV_HEADS, C::HIDDEN])]
    pub v_proj: Tensor<T>,
    #[param(rename = "o_proj.weight", shape = [C::HIDDEN, C::HIDDEN])]
    pub o_proj: Tensor<T>,
    pub config: PhantomData<C>,
}

#[derive(Module, Clone, Debug, PartialEq)]
#[module(crate = wb)]
pub struct Mlp<C: Config, T: Element> {
    #[param(rename = "gate_proj.weight", shape = [C::INTERMEDIATE, C::HIDDEN])]
    pub gate_proj: Tensor<T>,
    #[param(rename = "up_proj.weight", shape = [C::INTERMEDIATE, C::HIDDEN])]
    pub up_proj: Tensor<T>,
    #[param(rename = "down_proj.weight", shape = [C::HIDDEN, C::INTERMEDIATE])]
    pub down_proj: Tensor<T>,
    pub config: PhantomData<C>,
}
