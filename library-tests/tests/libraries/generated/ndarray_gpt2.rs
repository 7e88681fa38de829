// Loads `model.safetensors` strictly: 28 tensors.
// Generated from the names, dtypes and shapes in it, and meant to be edited.

use ndarray::{Array1, Array2};
use weighbridge::Module;

/// The dtype of the floats.
pub type Float = f32;

pub const VOCAB: usize = 128;
pub const POSITIONS: usize = 32;
pub const HIDDEN: usize = 32;
pub const INTERMEDIATE: usize = 128;
pub const QKV: usize = 96;
pub const LAYERS: usize = 2;

/// The whole checkpoint.
#[derive(Clone, Debug, Module)]
pub struct Gpt2 {
    pub transformer: Transformer,
}

/// At `transformer`.
#[derive(Clone, Debug, Module)]
pub struct Transformer {
    pub wte: Embedding<VOCAB, HIDDEN>,
    pub wpe: Embedding<POSITIONS, HIDDEN>,
    #[module(len = LAYERS)]
    pub h: Vec<Block>,
    pub ln_f: LayerNorm,
}

/// At `transformer.h.*`.
#[derive(Clone, Debug, Module)]
pub struct Block {
    pub ln_1: LayerNorm,
    pub attn: Attn,
    pub ln_2: LayerNorm,
    pub mlp: Mlp,
}

/// At `transformer.h.*.attn`.
#[derive(Clone, Debug, Module)]
pub struct Attn {
    pub c_attn: Linear<HIDDEN, QKV>,
    pub c_proj: Linear<HIDDEN, HIDDEN>,
}

/// At `transformer.h.*.mlp`.
#[derive(Clone, Debug, Module)]
pub struct Mlp {
    pub c_fc: Linear<HIDDEN, INTERMEDIATE>,
    pub c_proj: Linear<INTERMEDIATE, HIDDEN>,
}

/// A table of embeddings, one in each row.
#[derive(Clone, Debug, Module)]
pub struct Embedding<const COUNT: usize, const DIM: usize> {
    #[param(shape = [COUNT, DIM])]
    pub weight: Array2<Float>,
}

/// A normalisation with a scale and a shift.
#[derive(Clone, Debug, Module)]
pub struct LayerNorm {
    #[param(shape = [HIDDEN])]
    pub weight: Array1<Float>,
    #[param(shape = [HIDDEN])]
    pub bias: Array1<Float>,
}

/// A linear layer; its weight is `[in, out]`.
#[derive(Clone, Debug, Module)]
pub struct Linear<const IN: usize, const OUT: usize> {
    #[param(shape = [IN, OUT])]
    pub weight: Array2<Float>,
    #[param(shape = [OUT])]
    pub bias: Array1<Float>,
}
