//! GPT-2 on candle, as transformers saves it (`GPT2LMHeadModel`).
//!
//! [`Gpt2`] holds what is published: a linear layer's weight is [in, out] (`Conv1D`), and queries, keys and values are one
//! tensor. [`Gpt2Split`] loads the same files into what most code wants, [out, in] and three tensors. The two differ in
//! the structs of a block's layers alone; what the file has is said there, by `from`, and nowhere is a tensor renamed or
//! moved by hand.
//!
//! The head is the embedding. Files leave it out, and some have a copy: `tied` takes both.

use std::marker::PhantomData;

use candle_core::{Result, Tensor};
use weighbridge::Module;

use crate::layers::{Embedding, FLOATS, LayerNorm, attention, linear, split_heads};
use crate::sizes::{Is, Size, Times};

/// What `config.json` says.
pub trait Config: Sized + 'static {
    /// `vocab_size`
    type Vocab: Size;
    /// `n_positions`
    type Positions: Size;
    /// `n_embd`
    type Width: Size;
    /// `n_layer`
    const LAYERS: usize;
    /// `n_head`
    const HEADS: usize;
    /// `layer_norm_epsilon`
    const EPSILON: f32 = 1e-5;
}

/// The committed checkpoint.
pub struct Tiny;

impl Config for Tiny {
    type Vocab = Is<128>;
    type Positions = Is<32>;
    type Width = Is<32>;
    const LAYERS: usize = 2;
    const HEADS: usize = 4;
}

/// The whole: `transformer.…`. `A` and `M` hold a block's layers.
#[derive(Module)]
pub struct Gpt2<C: Config, A = FusedAttention<C>, M = Mlp<C>> {
    /// Everything but the head.
    pub transformer: Transformer<C, A, M>,
    /// From the residual stream to the vocabulary.
    #[module(tied = "transformer.wte")]
    pub lm_head: Embedding<C::Vocab, C::Width>,
}

/// The same model from the same files, with weights [out, in] and queries, keys and values apart.
pub type Gpt2Split<C> = Gpt2<C, SplitAttention<C>, TransposedMlp<C>>;

/// Embeddings, blocks, and the last norm.
#[derive(Module)]
pub struct Transformer<C: Config, A, M> {
    /// A row for each token.
    pub wte: Embedding<C::Vocab, C::Width>,
    /// A row for each place.
    pub wpe: Embedding<C::Positions, C::Width>,
    /// The blocks.
    #[module(len = C::LAYERS)]
    pub h: Vec<Block<C, A, M>>,
    /// Before the head.
    pub ln_f: LayerNorm<C::Width>,
}

/// One block.
#[derive(Module)]
pub struct Block<C: Config, A, M> {
    /// Before the attention.
    pub ln_1: LayerNorm<C::Width>,
    /// The attention.
    pub attn: A,
    /// Before the feed-forward network.
    pub ln_2: LayerNorm<C::Width>,
    /// The feed-forward network.
    pub mlp: M,
}

/// The attention's layers, as they are published.
#[derive(Module)]
pub struct FusedAttention<C: Config> {
    /// Queries, keys and values beside each other.
    pub c_attn: Conv1D<C::Width, Times<3, C::Width>>,
    /// Output.
    pub c_proj: Conv1D<C::Width, C::Width>,
}

/// The feed-forward network, as it is published.
#[derive(Module)]
pub struct Mlp<C: Config> {
    /// Out of the residual stream.
    pub c_fc: Conv1D<C::Width, Times<4, C::Width>>,
    /// Back into it.
    pub c_proj: Conv1D<Times<4, C::Width>, C::Width>,
}

/// A linear layer as GPT-2's authors wrote it: `weight` [In, Out].
#[derive(Module)]
pub struct Conv1D<In: Size, Out: Size> {
    /// A column for each output.
    #[param(shape = [In::SIZE, Out::SIZE], dtype = FLOATS)]
    pub weight: Tensor,
    /// Added to each output.
    #[param(shape = [Out::SIZE], dtype = FLOATS)]
    pub bias: Tensor,
    /// The sizes.
    pub sizes: PhantomData<(In, Out)>,
}

/// The same layer from the same file, with a row for each output.
#[derive(Module)]
pub struct TransposedConv1D<In: Size, Out: Size> {
    /// A row for each output.
    #[param(shape = [Out::SIZE, In::SIZE], dtype = FLOATS, from = transpose)]
    pub weight: Tensor,
    /// Added to each output.
    #[param(shape = [Out::SIZE], dtype = FLOATS)]
    pub bias: Tensor,
    /// The sizes.
    pub sizes: PhantomData<(In, Out)>,
}

/// The attention's layers with a tensor each: thirds of the columns of `c_attn`, transposed.
#[derive(Module)]
pub struct SplitAttention<C: Config> {
    /// Queries.
    #[param(
        shape = [C::Width::SIZE, C::Width::SIZE],
        dtype = FLOATS,
        from = transpose(of = slice(dim = 1, of = "c_attn.weight", start = 0, len = C::Width::SIZE)),
    )]
    pub q: Tensor,
    /// Their bias.
    #[param(
        shape = [C::Width::SIZE],
        dtype = FLOATS,
        from = slice(dim = 0, of = "c_attn.bias", start = 0),
    )]
    pub q_bias: Tensor,
    /// Keys.
    #[param(
        shape = [C::Width::SIZE, C::Width::SIZE],
        dtype = FLOATS,
        from = transpose(of = slice(dim = 1, of = "c_attn.weight", start = C::Width::SIZE, len = C::Width::SIZE)),
    )]
    pub k: Tensor,
    /// Their bias.
    #[param(
        shape = [C::Width::SIZE],
        dtype = FLOATS,
        from = slice(dim = 0, of = "c_attn.bias", start = C::Width::SIZE),
    )]
    pub k_bias: Tensor,
    /// Values.
    #[param(
        shape = [C::Width::SIZE, C::Width::SIZE],
        dtype = FLOATS,
        from = transpose(of = slice(dim = 1, of = "c_attn.weight", start = 2 * C::Width::SIZE, len = C::Width::SIZE)),
    )]
    pub v: Tensor,
    /// Their bias.
    #[param(
        shape = [C::Width::SIZE],
        dtype = FLOATS,
        from = slice(dim = 0, of = "c_attn.bias", start = 2 * C::Width::SIZE),
    )]
    pub v_bias: Tensor,
    /// Output.
    pub c_proj: TransposedConv1D<C::Width, C::Width>,
}

/// The feed-forward network with a row for each output.
#[derive(Module)]
pub struct TransposedMlp<C: Config> {
    /// Out of the residual stream.
    pub c_fc: TransposedConv1D<C::Width, Times<4, C::Width>>,
    /// Back into it.
    pub c_proj: TransposedConv1D<Times<4, C::Width>, C::Width>,
}

/// What holds a block's layers for attention.
pub trait Attention: Module {
    /// Queries, keys and values, each [.., Width].
    ///
    /// # Errors
    /// candle's.
    fn project(&self, x: &Tensor) -> Result<[Tensor; 3]>;

    /// Back into the residual stream.
    ///
    /// # Errors
    /// candle's.
    fn output(&self, x: &Tensor) -> Result<Tensor>;
}

impl<C: Config> Attention for FusedAttention<C> {
    fn project(&self, x: &Tensor) -> Result<[Tensor; 3]> {
        let (qkv, width) = (self.c_attn.forward(x)?, C::Width::SIZE);
        Ok([qkv.narrow(2, 0, width)?, qkv.narrow(2, width, width)?, qkv.narrow(2, 2 * width, width)?])
    }

    fn output(&self, x: &Tensor) -> Result<Tensor> {
        self.c_proj.forward(x)
    }
}

impl<C: Config> Attention for SplitAttention<C> {
    fn project(&self, x: &Tensor) -> Result<[Tensor; 3]> {
        let project = |weight, bias| linear(x, weight, Some(bias));
        Ok([project(&self.q, &self.q_bias)?, project(&self.k, &self.k_bias)?, project(&self.v, &self.v_bias)?])
    }

    fn output(&self, x: &Tensor) -> Result<Tensor> {
        self.c_proj.forward(x)
    }
}

/// What holds a block's feed-forward network.
pub trait FeedForward: Module {
    /// [.., Width] → [.., Width].
    ///
    /// # Errors
    /// candle's.
    fn forward(&self, x: &Tensor) -> Result<Tensor>;
}

impl<C: Config> FeedForward for Mlp<C> {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        // candle's `gelu` is the approximation by a hyperbolic tangent: `gelu_new`
        self.c_proj.forward(&self.c_fc.forward(x)?.gelu()?)
    }
}

impl<C: Config> FeedForward for TransposedMlp<C> {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        self.c_proj.forward(&self.c_fc.forward(x)?.gelu()?)
    }
}

impl<In: Size, Out: Size> Conv1D<In, Out> {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        linear(x, &self.weight.t()?, Some(&self.bias))
    }
}

impl<In: Size, Out: Size> TransposedConv1D<In, Out> {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        linear(x, &self.weight, Some(&self.bias))
    }
}

impl<C: Config, A: Attention, M: FeedForward> Gpt2<C, A, M> {
    /// Tokens [batch, tokens] → logits [batch, tokens, Vocab].
    ///
    /// # Errors
    /// candle's, where a token is not in the vocabulary, or there are more than `Positions`.
    pub fn forward(&self, tokens: &Tensor) -> Result<Tensor> {
        let (_, count) = tokens.dims2()?;
        let transformer = &self.transformer;
        let mut x = transformer.wte.forward(tokens)?.broadcast_add(&transformer.wpe.first(count)?)?;
        for block in &transformer.h {
            x = block.forward(&x)?;
        }
        linear(&transformer.ln_f.forward(&x, C::EPSILON)?, &self.lm_head.weight, None)
    }
}

impl<C: Config, A: Attention, M: FeedForward> Block<C, A, M> {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let [q, k, v] = self.attn.project(&self.ln_1.forward(x, C::EPSILON)?)?;
        let heads = |x: &Tensor| split_heads(x, C::HEADS);
        let mixed = attention(&heads(&q)?, &heads(&k)?, &heads(&v)?, true)?;
        let x = (x + self.attn.output(&mixed)?)?;
        &x + self.mlp.forward(&self.ln_2.forward(&x, C::EPSILON)?)?
    }
}
