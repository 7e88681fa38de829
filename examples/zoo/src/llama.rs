//! Llama on candle, of any configuration: root mean square norms, rotary positions, grouped-query attention, SwiGLU.
//!
//! [`Llama`] is the model as it is published, one tensor for each projection. [`LlamaFused`] loads the same files, and
//! holds the projections of queries, keys and values in one tensor, and gate and up in another: one multiplication
//! instead of several. The two share everything but the structs that hold these tensors.
//!
//! # The head
//!
//! The head of small models is the embedding: `config.json` says `tie_word_embeddings`. Most of their files leave
//! `lm_head.weight` out, and some have a copy. [`TiedLlama`] takes both, holds one tensor, and refuses a copy that differs;
//! [`Llama`] has a head of its own, and refuses a file that has lost it.

use std::marker::PhantomData;

use candle_core::{Result, Tensor};
use candle_nn::{ops, rotary_emb};
use weighbridge::Module;

use crate::layers::{Embedding, FLOATS, Projection, RmsNorm, attention, linear, split_heads};
use crate::sizes::{Is, Size};

/// What `config.json` says.
pub trait Config: Sized + 'static {
    /// `vocab_size`
    type Vocab: Size;
    /// `hidden_size`
    type Hidden: Size;
    /// `intermediate_size`
    type Intermediate: Size;
    /// `num_hidden_layers`
    const LAYERS: usize;
    /// `num_attention_heads`
    const HEADS: usize;
    /// `num_key_value_heads`
    const KV_HEADS: usize;
    /// `rms_norm_eps`
    const EPSILON: f32;
    /// `rope_theta`
    const THETA: f32;
    /// `head_dim`
    const HEAD_WIDTH: usize = Self::Hidden::SIZE / Self::HEADS;
}

/// The committed checkpoints `llama` and `llama-sharded`, and `llama-tied` for [`TiedLlama`].
pub struct Tiny;

impl Config for Tiny {
    type Vocab = Is<128>;
    type Hidden = Is<32>;
    type Intermediate = Is<64>;
    const LAYERS: usize = 3;
    const HEADS: usize = 4;
    const KV_HEADS: usize = 2;
    const EPSILON: f32 = 1e-6;
    const THETA: f32 = 10_000.0;
}

/// The width of all heads of the queries.
pub struct QueryWidth<C>(PhantomData<C>);

impl<C: Config> Size for QueryWidth<C> {
    const SIZE: usize = C::HEADS * C::HEAD_WIDTH;
}

/// The width of all heads of the keys, which is that of the values.
pub struct KeyWidth<C>(PhantomData<C>);

impl<C: Config> Size for KeyWidth<C> {
    const SIZE: usize = C::KV_HEADS * C::HEAD_WIDTH;
}

/// The whole: `model.…` and `lm_head.weight`. `A` and `M` hold a layer's projections.
#[derive(Module)]
pub struct Llama<C: Config, A = Attention<C>, M = Mlp<C>> {
    /// The decoder.
    pub model: Decoder<C, A, M>,
    /// From the residual stream to the vocabulary.
    pub lm_head: Projection<C::Hidden, C::Vocab>,
}

/// The whole where the head is the embedding.
#[derive(Module)]
pub struct TiedLlama<C: Config, A = Attention<C>, M = Mlp<C>> {
    /// The decoder.
    pub model: Decoder<C, A, M>,
    /// From the residual stream to the vocabulary.
    #[module(tied = "model.embed_tokens")]
    pub lm_head: Projection<C::Hidden, C::Vocab>,
}

/// The same model from the same files, with fused projections.
pub type LlamaFused<C> = Llama<C, FusedAttention<C>, FusedMlp<C>>;

/// The same for a tied head.
pub type TiedLlamaFused<C> = TiedLlama<C, FusedAttention<C>, FusedMlp<C>>;

/// `model.embed_tokens`, `model.layers.0` …, `model.norm`.
#[derive(Module)]
pub struct Decoder<C: Config, A, M> {
    /// From tokens to the residual stream.
    pub embed_tokens: Embedding<C::Vocab, C::Hidden>,
    /// The layers.
    #[module(len = C::LAYERS)]
    pub layers: Vec<Layer<C, A, M>>,
    /// Before the head.
    pub norm: RmsNorm<C::Hidden>,
}

/// One decoder layer.
#[derive(Module)]
pub struct Layer<C: Config, A, M> {
    /// Before the attention.
    pub input_layernorm: RmsNorm<C::Hidden>,
    /// The attention.
    pub self_attn: A,
    /// Before the feed-forward network.
    pub post_attention_layernorm: RmsNorm<C::Hidden>,
    /// The feed-forward network.
    pub mlp: M,
}

/// The projections of the attention, as they are published.
#[derive(Module)]
pub struct Attention<C: Config> {
    /// Queries.
    pub q_proj: Projection<C::Hidden, QueryWidth<C>>,
    /// Keys.
    pub k_proj: Projection<C::Hidden, KeyWidth<C>>,
    /// Values.
    pub v_proj: Projection<C::Hidden, KeyWidth<C>>,
    /// Output.
    pub o_proj: Projection<QueryWidth<C>, C::Hidden>,
}

/// The gated feed-forward network, as it is published.
#[derive(Module)]
pub struct Mlp<C: Config> {
    /// Gate.
    pub gate_proj: Projection<C::Hidden, C::Intermediate>,
    /// Up.
    pub up_proj: Projection<C::Hidden, C::Intermediate>,
    /// Down.
    pub down_proj: Projection<C::Intermediate, C::Hidden>,
}

/// The projections of the attention, with the first three in one tensor. There are fewer heads of keys than of queries,
/// so the parts differ, and each says its extent.
#[derive(Module)]
pub struct FusedAttention<C: Config> {
    /// Queries, keys and values below each other.
    #[param(
        shape = [QueryWidth::<C>::SIZE + 2 * KeyWidth::<C>::SIZE, C::Hidden::SIZE],
        dtype = FLOATS,
        from = concat(
            dim = 0,
            "q_proj.weight": QueryWidth::<C>::SIZE,
            "k_proj.weight": KeyWidth::<C>::SIZE,
            "v_proj.weight": KeyWidth::<C>::SIZE,
        ),
    )]
    pub qkv: Tensor,
    /// Output.
    pub o_proj: Projection<QueryWidth<C>, C::Hidden>,
}

/// The gated feed-forward network, with the first two projections in one tensor.
#[derive(Module)]
pub struct FusedMlp<C: Config> {
    /// Gate and up below each other.
    #[param(
        shape = [2 * C::Intermediate::SIZE, C::Hidden::SIZE],
        dtype = FLOATS,
        from = concat(dim = 0, "gate_proj.weight", "up_proj.weight"),
    )]
    pub gate_up: Tensor,
    /// Down.
    pub down_proj: Projection<C::Intermediate, C::Hidden>,
}

/// What holds a layer's projections for attention.
pub trait Projections: Module {
    /// Queries, keys and values beside each other: [.., Hidden] → [.., QueryWidth + 2 * KeyWidth].
    ///
    /// # Errors
    /// candle's.
    fn project(&self, x: &Tensor) -> Result<Tensor>;

    /// Back into the residual stream.
    ///
    /// # Errors
    /// candle's.
    fn output(&self, x: &Tensor) -> Result<Tensor>;
}

impl<C: Config> Projections for Attention<C> {
    fn project(&self, x: &Tensor) -> Result<Tensor> {
        Tensor::cat(&[self.q_proj.forward(x)?, self.k_proj.forward(x)?, self.v_proj.forward(x)?], 2)
    }

    fn output(&self, x: &Tensor) -> Result<Tensor> {
        self.o_proj.forward(x)
    }
}

impl<C: Config> Projections for FusedAttention<C> {
    fn project(&self, x: &Tensor) -> Result<Tensor> {
        linear(x, &self.qkv, None)
    }

    fn output(&self, x: &Tensor) -> Result<Tensor> {
        self.o_proj.forward(x)
    }
}

/// What holds a layer's gated feed-forward network.
pub trait Gated: Module {
    /// [.., Hidden] → [.., Hidden].
    ///
    /// # Errors
    /// candle's.
    fn forward(&self, x: &Tensor) -> Result<Tensor>;
}

impl<C: Config> Gated for Mlp<C> {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        self.down_proj.forward(&(self.gate_proj.forward(x)?.silu()? * self.up_proj.forward(x)?)?)
    }
}

impl<C: Config> Gated for FusedMlp<C> {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        // silu of the first half, times the second
        self.down_proj.forward(&ops::swiglu(&linear(x, &self.gate_up, None)?)?)
    }
}

impl<C: Config, A: Projections, M: Gated> Llama<C, A, M> {
    /// Tokens [batch, tokens] → logits [batch, tokens, Vocab].
    ///
    /// # Errors
    /// candle's, where a token is not in the vocabulary.
    pub fn forward(&self, tokens: &Tensor) -> Result<Tensor> {
        self.lm_head.forward(&self.model.forward(tokens)?)
    }
}

impl<C: Config, A: Projections, M: Gated> TiedLlama<C, A, M> {
    /// Tokens [batch, tokens] → logits [batch, tokens, Vocab].
    ///
    /// # Errors
    /// candle's, where a token is not in the vocabulary.
    pub fn forward(&self, tokens: &Tensor) -> Result<Tensor> {
        self.lm_head.forward(&self.model.forward(tokens)?)
    }
}

impl<C: Config, A: Projections, M: Gated> Decoder<C, A, M> {
    /// Tokens [batch, tokens] → [batch, tokens, Hidden].
    ///
    /// # Errors
    /// candle's, where a token is not in the vocabulary.
    pub fn forward(&self, tokens: &Tensor) -> Result<Tensor> {
        let mut x = self.embed_tokens.forward(tokens)?;
        let rope = Rope::new::<C>(&x)?;
        for layer in &self.layers {
            x = layer.forward(&x, &rope)?;
        }
        self.norm.forward(&x, C::EPSILON)
    }
}

impl<C: Config, A: Projections, M: Gated> Layer<C, A, M> {
    fn forward(&self, x: &Tensor, rope: &Rope) -> Result<Tensor> {
        let qkv = self.self_attn.project(&self.input_layernorm.forward(x, C::EPSILON)?)?;
        let (queries, keys) = (QueryWidth::<C>::SIZE, KeyWidth::<C>::SIZE);
        let q = split_heads(&qkv.narrow(2, 0, queries)?, C::HEADS)?;
        let k = split_heads(&qkv.narrow(2, queries, keys)?, C::KV_HEADS)?;
        let v = split_heads(&qkv.narrow(2, queries + keys, keys)?, C::KV_HEADS)?;
        let mixed = attention(&rope.turn(&q)?, &rope.turn(&k)?, &v, true)?;
        let x = (x + self.self_attn.output(&mixed)?)?;
        &x + self.mlp.forward(&self.post_attention_layernorm.forward(&x, C::EPSILON)?)?
    }
}

/// Rotary positions: sine and cosine of each place's angles.
struct Rope {
    cos: Tensor,
    sin: Tensor,
}

impl Rope {
    /// For as many places as `x` [batch, tokens, width] has.
    fn new<C: Config>(x: &Tensor) -> Result<Rope> {
        let (_, tokens, _) = x.dims3()?;
        let half = C::HEAD_WIDTH / 2;
        let frequency = |pair: usize| C::THETA.powf(-(pair as f32) / half as f32);
        let angles = (0..tokens).flat_map(|at| (0..half).map(move |pair| at as f32 * frequency(pair)));
        let angles = Tensor::from_iter(angles, x.device())?.reshape((tokens, half))?;
        Ok(Rope { cos: angles.cos()?.to_dtype(x.dtype())?, sin: angles.sin()?.to_dtype(x.dtype())? })
    }

    /// Turns each pair of a head's dimensions, of which the second is half a head behind the first.
    fn turn(&self, x: &Tensor) -> Result<Tensor> {
        rotary_emb::rope(x, &self.cos, &self.sin)
    }
}
