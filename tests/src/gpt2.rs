//! GPT-2, whose projections are stored `[in, out]`.

use wb::{Module, Tensor};

use crate::layers::{Embedding, LayerNorm};

const HIDDEN: usize = 32;

#[derive(Module, Clone, Debug, PartialEq)]
#[module(crate = wb)]
pub struct Gpt2 {
    pub transformer: Transformer,
}

#[derive(Module, Clone, Debug, PartialEq)]
#[module(crate = wb)]
pub struct Transformer {
    pub wte: Embedding<128, HIDDEN>,
    pub wpe: Embedding<32, HIDDEN>,
    pub h: [Block; 2],
    pub ln_f: LayerNorm<HIDDEN>,
}

#[derive(Module, Clone, Debug, PartialEq)]
#[module(crate = wb)]
pub struct Block {
    pub ln_1: LayerNorm<HIDDEN>,
    pub attn: Attention,
    pub ln_2: LayerNorm<HIDDEN>,
    pub mlp: Mlp,
}

#[derive(Module, Clone, Debug, PartialEq)]
#[module(crate = wb)]
pub struct Attention {
    /// Query, key and value beside each other.
    pub c_attn: Conv1D<HIDDEN, { 3 * HIDDEN }>,
    pub c_proj: Conv1D<HIDDEN, HIDDEN>,
}

#[derive(Module, Clone, Debug, PartialEq)]
#[module(crate = wb)]
pub struct Mlp {
    pub c_fc: Conv1D<HIDDEN, { 4 * HIDDEN }>,
    pub c_proj: Conv1D<{ 4 * HIDDEN }, HIDDEN>,
}

#[derive(Module, Clone, Debug, PartialEq)]
#[module(crate = wb)]
pub struct Conv1D<const IN: usize, const OUT: usize> {
    #[param(shape = [IN, OUT])]
    pub weight: Tensor<f32>,
    #[param(shape = [OUT])]
    pub bias: Tensor<f32>,
}
