//! BERT with the head of masked language modelling, on candle, as transformers saves it (`BertForMaskedLM`).
//!
//! The decoder's weight is the embedding of words, and its bias is that of the predictions: files leave both out, and some
//! have copies. A path in `tied` begins at the struct that has the field, so what is tied across the model is a field of
//! the whole. The first checkpoints that were published call a norm's scale and offset `gamma` and `beta`: see
//! [`LayerNorm`].

use std::marker::PhantomData;

use candle_core::{Result, Tensor};
use weighbridge::Module;

use crate::layers::{Embedding, FLOATS, LayerNorm, Linear, attention, linear, split_heads};
use crate::sizes::{Is, Size};

/// What `config.json` says.
pub trait Config: Sized + 'static {
    /// `vocab_size`
    type Vocab: Size;
    /// `max_position_embeddings`
    type Positions: Size;
    /// `type_vocab_size`
    type Types: Size;
    /// `hidden_size`
    type Hidden: Size;
    /// `intermediate_size`
    type Intermediate: Size;
    /// `num_hidden_layers`
    const LAYERS: usize;
    /// `num_attention_heads`
    const HEADS: usize;
    /// `layer_norm_eps`
    const EPSILON: f32 = 1e-12;
}

/// The committed checkpoint.
pub struct Tiny;

impl Config for Tiny {
    type Vocab = Is<128>;
    type Positions = Is<64>;
    type Types = Is<2>;
    type Hidden = Is<32>;
    type Intermediate = Is<64>;
    const LAYERS: usize = 2;
    const HEADS: usize = 4;
}

/// The whole.
#[derive(Module)]
pub struct BertForMaskedLm<C: Config> {
    /// Embeddings and encoder.
    pub bert: Bert<C>,
    /// Before the decoder.
    #[module(rename = "cls.predictions")]
    pub predictions: Predictions<C>,
    /// From the residual stream to the vocabulary.
    #[param(
        rename = "cls.predictions.decoder.weight",
        shape = [C::Vocab::SIZE, C::Hidden::SIZE],
        dtype = FLOATS,
        tied = "bert.embeddings.word_embeddings.weight",
    )]
    pub decoder: Tensor,
    /// Added to each logit.
    #[param(
        rename = "cls.predictions.decoder.bias",
        shape = [C::Vocab::SIZE],
        dtype = FLOATS,
        tied = "cls.predictions.bias",
    )]
    pub decoder_bias: Tensor,
}

/// Embeddings and encoder.
#[derive(Module)]
pub struct Bert<C: Config> {
    /// From tokens to the residual stream.
    pub embeddings: Embeddings<C>,
    /// The layers.
    #[module(rename = "encoder.layer", len = C::LAYERS)]
    pub layers: Vec<Layer<C>>,
}

/// Words, places and segments.
#[derive(Module)]
pub struct Embeddings<C: Config> {
    /// A row for each token.
    pub word_embeddings: Embedding<C::Vocab, C::Hidden>,
    /// A row for each place.
    pub position_embeddings: Embedding<C::Positions, C::Hidden>,
    /// A row for each segment.
    pub token_type_embeddings: Embedding<C::Types, C::Hidden>,
    /// Over their sum.
    #[module(rename = "LayerNorm")]
    pub norm: LayerNorm<C::Hidden>,
}

/// One layer of the encoder.
#[derive(Module)]
pub struct Layer<C: Config> {
    /// The attention. `self` is a word that no field of Rust can be called, not even as a raw identifier.
    #[module(rename = "attention.self")]
    pub attention: SelfAttention<C>,
    /// Behind it.
    #[module(rename = "attention.output")]
    pub attention_output: Output<C::Hidden, C::Hidden>,
    /// Out of the residual stream.
    #[module(rename = "intermediate.dense")]
    pub intermediate: Linear<C::Hidden, C::Intermediate>,
    /// Back into it.
    pub output: Output<C::Intermediate, C::Hidden>,
}

/// The projections of the attention.
#[derive(Module)]
pub struct SelfAttention<C: Config> {
    /// Queries.
    pub query: Linear<C::Hidden, C::Hidden>,
    /// Keys.
    pub key: Linear<C::Hidden, C::Hidden>,
    /// Values.
    pub value: Linear<C::Hidden, C::Hidden>,
}

/// A linear layer and a norm.
#[derive(Module)]
pub struct Output<In: Size, Out: Size> {
    /// The linear layer.
    pub dense: Linear<In, Out>,
    /// The norm.
    #[module(rename = "LayerNorm")]
    pub norm: LayerNorm<Out>,
}

/// What a token's state goes through before the decoder.
#[derive(Module)]
pub struct Predictions<C: Config> {
    /// The bias of the decoder.
    #[param(shape = [C::Vocab::SIZE], dtype = FLOATS)]
    pub bias: Tensor,
    /// A linear layer, and a norm behind its activation.
    pub transform: Output<C::Hidden, C::Hidden>,
    /// The sizes.
    pub config: PhantomData<C>,
}

impl<C: Config> BertForMaskedLm<C> {
    /// Tokens [batch, tokens], all of the first segment and none of them padding → logits [batch, tokens, Vocab].
    ///
    /// # Errors
    /// candle's, where a token is not in the vocabulary, or there are more than `Positions`.
    pub fn forward(&self, tokens: &Tensor) -> Result<Tensor> {
        let mut x = self.bert.embeddings.forward(tokens)?;
        for layer in &self.bert.layers {
            x = layer.forward(&x)?;
        }
        let transform = &self.predictions.transform;
        let x = transform.norm.forward(&transform.dense.forward(&x)?.gelu_erf()?, C::EPSILON)?;
        linear(&x, &self.decoder, Some(&self.decoder_bias))
    }
}

impl<C: Config> Embeddings<C> {
    fn forward(&self, tokens: &Tensor) -> Result<Tensor> {
        let (_, count) = tokens.dims2()?;
        let rest = self.position_embeddings.first(count)?.broadcast_add(&self.token_type_embeddings.first(1)?)?;
        self.norm.forward(&self.word_embeddings.forward(tokens)?.broadcast_add(&rest)?, C::EPSILON)
    }
}

impl<C: Config> Layer<C> {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let SelfAttention { query, key, value } = &self.attention;
        let heads = |layer: &Linear<C::Hidden, C::Hidden>| split_heads(&layer.forward(x)?, C::HEADS);
        let mixed = attention(&heads(query)?, &heads(key)?, &heads(value)?, false)?;
        let x = self.attention_output.onto(x, &mixed, C::EPSILON)?;
        self.output.onto(&x, &self.intermediate.forward(&x)?.gelu_erf()?, C::EPSILON)
    }
}

impl<In: Size, Out: Size> Output<In, Out> {
    /// `y` through the linear layer, added to `x`, and normed.
    fn onto(&self, x: &Tensor, y: &Tensor, epsilon: f32) -> Result<Tensor> {
        self.norm.forward(&(x + self.dense.forward(y)?)?, epsilon)
    }
}
