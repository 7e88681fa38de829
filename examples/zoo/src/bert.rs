//! BERT with the head of masked language modelling, on candle, as transformers saves it (`BertForMaskedLM`), of any size.
//!
//! The decoder's weight is the embedding of words, and its bias is that of the predictions: files leave both out, and some
//! have copies. A path in `tied` begins at the struct that has the field, so what is tied across the model is a field of
//! the whole. The first checkpoints that were published call a norm's scale and offset `gamma` and `beta`: [`Norm`] takes
//! both names, and has a forward pass of candle's layer.

use candle_core::{Result, Tensor};
use candle_nn::{Embedding, LayerNorm, Linear, Module as _};
use weighbridge::{DType, Module};

use crate::layers::{attention, split_heads};

/// What models are published in.
const FLOATS: &[DType] = &[DType::F32, DType::BF16, DType::F16, DType::F64];

/// The whole.
#[derive(Module)]
pub struct BertForMaskedLm {
    /// Embeddings and encoder.
    pub bert: Bert,
    /// Before the decoder.
    #[module(rename = "cls.predictions")]
    pub predictions: Predictions,
    /// From the residual stream to the vocabulary.
    #[param(
        rename = "cls.predictions.decoder.weight",
        shape = ["vocab_size", "hidden_size"],
        dtype = FLOATS,
        tied = "bert.embeddings.word_embeddings.weight",
        tied_when = "tie_word_embeddings",
    )]
    pub decoder: Tensor,
    /// Added to each logit.
    #[param(rename = "cls.predictions.decoder.bias", shape = ["vocab_size"], dtype = FLOATS, tied = "cls.predictions.bias")]
    pub decoder_bias: Tensor,
}

/// Embeddings and encoder.
#[derive(Module)]
pub struct Bert {
    /// From tokens to the residual stream.
    pub embeddings: Embeddings,
    /// The layers.
    #[module(rename = "encoder.layer", len = "num_hidden_layers")]
    pub layers: Vec<Layer>,
}

/// Words, places and segments.
#[derive(Module)]
pub struct Embeddings {
    /// A row for each token.
    #[module(args(count = "vocab_size", dim = "hidden_size"))]
    pub word_embeddings: Embedding,
    /// A row for each place.
    #[module(args(count = "max_position_embeddings", dim = "hidden_size"))]
    pub position_embeddings: Embedding,
    /// A row for each segment.
    #[module(args(count = "type_vocab_size", dim = "hidden_size"))]
    pub token_type_embeddings: Embedding,
    /// Over their sum.
    #[module(rename = "LayerNorm")]
    pub norm: Norm,
}

/// One layer of the encoder.
#[derive(Module)]
pub struct Layer {
    /// The attention. `self` is a word that no field of Rust can be called, not even as a raw identifier.
    #[module(rename = "attention.self")]
    pub attention: SelfAttention,
    /// Behind it.
    #[module(rename = "attention.output", args(in = "hidden_size"))]
    pub attention_output: Output,
    /// Out of the residual stream.
    #[module(rename = "intermediate.dense", args(in = "hidden_size", out = "intermediate_size"))]
    pub intermediate: Linear,
    /// Back into it.
    #[module(args(in = "intermediate_size"))]
    pub output: Output,
}

/// The projections of the attention.
#[derive(Module)]
pub struct SelfAttention {
    /// Queries.
    #[module(args(in = "hidden_size", out = "hidden_size"))]
    pub query: Linear,
    /// Keys.
    #[module(args(in = "hidden_size", out = "hidden_size"))]
    pub key: Linear,
    /// Values.
    #[module(args(in = "hidden_size", out = "hidden_size"))]
    pub value: Linear,
    /// How many heads share each of them.
    #[module(config)]
    pub num_attention_heads: usize,
}

/// A linear layer back into the residual stream, and a norm.
#[derive(Module)]
#[module(args(in))]
pub struct Output {
    /// The linear layer.
    #[module(args(in = "in", out = "hidden_size"))]
    pub dense: Linear,
    /// The norm.
    #[module(rename = "LayerNorm")]
    pub norm: Norm,
}

/// Normalisation over the last dimension. `gamma` and `beta` are the names of the first checkpoints.
#[derive(Module)]
pub struct Norm {
    /// The scale of each dimension.
    #[param(shape = ["hidden_size"], dtype = FLOATS, alias = "gamma")]
    pub weight: Tensor,
    /// The offset of each dimension.
    #[param(shape = ["hidden_size"], dtype = FLOATS, alias = "beta")]
    pub bias: Tensor,
    /// Added to the variance.
    #[module(config = "layer_norm_eps")]
    pub eps: f64,
}

/// What a token's state goes through before the decoder.
#[derive(Module)]
pub struct Predictions {
    /// The bias of the decoder.
    #[param(shape = ["vocab_size"], dtype = FLOATS)]
    pub bias: Tensor,
    /// A linear layer, and a norm behind its activation.
    #[module(args(in = "hidden_size"))]
    pub transform: Output,
}

impl BertForMaskedLm {
    /// Tokens [batch, tokens], all of the first segment and none of them padding → logits [batch, tokens, vocabulary].
    ///
    /// # Errors
    /// candle's, where a token is not in the vocabulary, or there are more than places.
    pub fn forward(&self, tokens: &Tensor) -> Result<Tensor> {
        let mut x = self.bert.embeddings.forward(tokens)?;
        for layer in &self.bert.layers {
            x = layer.forward(&x)?;
        }
        let transform = &self.predictions.transform;
        let x = transform.norm.forward(&transform.dense.forward(&x)?.gelu_erf()?)?;
        Linear::new(self.decoder.clone(), Some(self.decoder_bias.clone())).forward(&x)
    }
}

impl Embeddings {
    fn forward(&self, tokens: &Tensor) -> Result<Tensor> {
        let first = |layer: &Embedding, count| layer.embeddings().narrow(0, 0, count);
        let places = first(&self.position_embeddings, tokens.dim(1)?)?;
        let rest = places.broadcast_add(&first(&self.token_type_embeddings, 1)?)?;
        self.norm.forward(&self.word_embeddings.forward(tokens)?.broadcast_add(&rest)?)
    }
}

impl Layer {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let SelfAttention { query, key, value, num_attention_heads } = &self.attention;
        let width = x.dim(2)? / num_attention_heads;
        let heads = |layer: &Linear| split_heads(&layer.forward(x)?, width);
        let mixed = attention(&heads(query)?, &heads(key)?, &heads(value)?, None)?;
        let x = self.attention_output.onto(x, &mixed)?;
        self.output.onto(&x, &self.intermediate.forward(&x)?.gelu_erf()?)
    }
}

impl Output {
    /// `y` through the linear layer, added to `x`, and normed.
    fn onto(&self, x: &Tensor, y: &Tensor) -> Result<Tensor> {
        self.norm.forward(&(x + self.dense.forward(y)?)?)
    }
}

impl Norm {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        LayerNorm::new(self.weight.clone(), self.bias.clone(), self.eps).forward(x)
    }
}
