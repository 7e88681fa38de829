// Loads `llama-q8_0.gguf` strictly: 30 tensors.
// Generated from the names, dtypes and shapes in it, and meant to be edited.

use candle_core::Tensor;
use candle_core::quantized::QTensor;
use std::sync::Arc;
use weighbridge::{DType, Module};

/// The dtype of the floats.
pub const FLOAT: &[DType] = &[DType::F32];

pub const HIDDEN: usize = 32;

/// The whole checkpoint.
#[derive(Clone, Debug, Module)]
pub struct Llama {
    #[module(len = 3)]
    pub blk: Vec<Blk>,
    pub output_norm: Norm,
    pub token_embd: Weight<128, HIDDEN>,
    pub output: Linear<HIDDEN, 128>,
}

/// At `blk.*`.
#[derive(Clone, Debug, Module)]
pub struct Blk {
    pub ffn_norm: Norm,
    pub attn_k: Linear<HIDDEN, 16>,
    pub attn_norm: Norm,
    pub attn_output: Linear<HIDDEN, HIDDEN>,
    pub attn_q: Linear<HIDDEN, HIDDEN>,
    pub attn_v: Linear<HIDDEN, 16>,
    pub ffn_down: Weight<HIDDEN, 64>,
    pub ffn_gate: Linear<HIDDEN, 64>,
    pub ffn_up: Weight<64, HIDDEN>,
}

/// At `blk.*.ffn_down`, `blk.*.ffn_up`, `token_embd`.
#[derive(Clone, Debug, Module)]
pub struct Weight<const HIDDEN_SIZE: usize, const HIDDEN_SIZE_B: usize> {
    #[param(shape = [HIDDEN_SIZE, HIDDEN_SIZE_B], dtype = "Q8_0")]
    pub weight: Arc<QTensor>,
}

/// A normalisation with a scale.
#[derive(Clone, Debug, Module)]
pub struct Norm {
    #[param(shape = [HIDDEN], dtype = FLOAT)]
    pub weight: Tensor,
}

/// A linear layer without a bias; its weight is `[out, in]`.
#[derive(Clone, Debug, Module)]
pub struct Linear<const IN: usize, const OUT: usize> {
    #[param(shape = [OUT, IN], dtype = "Q8_0")]
    pub weight: Arc<QTensor>,
}
