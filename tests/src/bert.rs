//! BERT with the head of masked language modelling.

use wb::{Module, Tensor};

use crate::layers::{Embedding, LayerNorm, Linear};

const HIDDEN: usize = 32;
const INTERMEDIATE: usize = 64;
const VOCAB: usize = 128;

#[derive(Module, Clone, Debug, PartialEq)]
#[module(crate = wb)]
pub struct BertForMaskedLm {
    pub bert: Bert,
    pub cls: Heads,
}

#[derive(Module, Clone, Debug, PartialEq)]
#[module(crate = wb)]
pub struct Bert {
    pub embeddings: Embeddings,
    pub encoder: Encoder,
}

#[derive(Module, Clone, Debug, PartialEq)]
#[module(crate = wb)]
pub struct Embeddings {
    pub word_embeddings: Embedding<VOCAB, HIDDEN>,
    pub position_embeddings: Embedding<64, HIDDEN>,
    pub token_type_embeddings: Embedding<2, HIDDEN>,
    #[module(rename = "LayerNorm")]
    pub layer_norm: LayerNorm<HIDDEN>,
}

#[derive(Module, Clone, Debug, PartialEq)]
#[module(crate = wb)]
pub struct Encoder {
    /// As many as the file has.
    pub layer: Vec<Layer>,
}

#[derive(Module, Clone, Debug, PartialEq)]
#[module(crate = wb)]
pub struct Layer {
    pub attention: Attention,
    #[module(rename = "intermediate.dense")]
    pub intermediate: Linear<HIDDEN, INTERMEDIATE>,
    pub output: Output<INTERMEDIATE>,
}

#[derive(Module, Clone, Debug, PartialEq)]
#[module(crate = wb)]
pub struct Attention {
    /// A word that no field of Rust can be called, not even as a raw identifier.
    #[module(rename = "self")]
    pub inner: SelfAttention,
    pub output: Output<HIDDEN>,
}

#[derive(Module, Clone, Debug, PartialEq)]
#[module(crate = wb)]
pub struct SelfAttention {
    pub query: Linear<HIDDEN, HIDDEN>,
    pub key: Linear<HIDDEN, HIDDEN>,
    pub value: Linear<HIDDEN, HIDDEN>,
}

/// `dense` and `LayerNorm`: the names of types in Python.
#[derive(Module, Clone, Debug, PartialEq)]
#[module(crate = wb)]
pub struct Output<const IN: usize> {
    pub dense: Linear<IN, HIDDEN>,
    #[module(rename = "LayerNorm")]
    pub layer_norm: LayerNorm<HIDDEN>,
}

#[derive(Module, Clone, Debug, PartialEq)]
#[module(crate = wb)]
pub struct Heads {
    pub predictions: Predictions,
}

/// Its decoder is tied to the word embeddings, and is in no file.
#[derive(Module, Clone, Debug, PartialEq)]
#[module(crate = wb)]
pub struct Predictions {
    pub transform: Output<HIDDEN>,
    #[param(shape = [VOCAB])]
    pub bias: Tensor<f32>,
}
