//! GPT-2 on candle, as transformers saves it (`GPT2LMHeadModel`), of any size.
//!
//! [`Gpt2`] holds what is published: a linear layer's weight is [in, out] (`Conv1D`), and queries, keys and values are one
//! tensor. [`Gpt2Split`] loads the same files into what most code wants, [out, in] and three tensors. The two differ in
//! the structs of a block's layers alone; what the file has is said there, by `from`, and nowhere is a tensor renamed or
//! moved by hand.
//!
//! The inner width is `null` in most configurations, and then four times the width: a default of the whole.

use candle_core::{Result, Tensor};
use candle_nn::{Embedding, LayerNorm, Linear, Module as _};
use weighbridge::{DType, Module};

use crate::layers::{attention, causal, split_heads};

/// What models are published in.
const FLOATS: &[DType] = &[DType::F32, DType::BF16, DType::F16];

/// The whole: `transformer.…`. `A` and `M` hold a block's layers.
#[derive(Module)]
#[module(defaults(n_inner = 4 * "n_embd"))]
pub struct Gpt2<A = FusedAttention, M = Mlp> {
    /// Everything but the head.
    pub transformer: Transformer<A, M>,
    /// From the residual stream to the vocabulary. Files leave it out, and some have a copy of the embedding.
    #[module(
        args(in = "n_embd", out = "vocab_size", bias = false),
        tied = "transformer.wte",
        tied_when = "tie_word_embeddings"
    )]
    pub lm_head: Linear,
}

/// The same model from the same files, with weights [out, in] and queries, keys and values apart.
pub type Gpt2Split = Gpt2<SplitAttention, TransposedMlp>;

/// Embeddings, blocks, and the last norm.
#[derive(Module)]
pub struct Transformer<A, M> {
    /// A row for each token.
    #[module(args(count = "vocab_size", dim = "n_embd"))]
    pub wte: Embedding,
    /// A row for each place.
    #[module(args(count = "n_positions", dim = "n_embd"))]
    pub wpe: Embedding,
    /// The blocks.
    #[module(len = "n_layer")]
    pub h: Vec<Block<A, M>>,
    /// Before the head.
    #[module(args(dim = "n_embd", eps = "layer_norm_epsilon"))]
    pub ln_f: LayerNorm,
    /// How many heads share the width.
    #[module(config)]
    pub n_head: usize,
}

/// One block.
#[derive(Module)]
pub struct Block<A, M> {
    /// Before the attention.
    #[module(args(dim = "n_embd", eps = "layer_norm_epsilon"))]
    pub ln_1: LayerNorm,
    /// The attention.
    pub attn: A,
    /// Before the feed-forward network.
    #[module(args(dim = "n_embd", eps = "layer_norm_epsilon"))]
    pub ln_2: LayerNorm,
    /// The feed-forward network.
    pub mlp: M,
}

/// The attention's layers, as they are published.
#[derive(Module)]
pub struct FusedAttention {
    /// Queries, keys and values beside each other.
    #[module(args(in = "n_embd", out = 3 * "n_embd"))]
    pub c_attn: Conv1D,
    /// Output.
    #[module(args(in = "n_embd", out = "n_embd"))]
    pub c_proj: Conv1D,
}

/// The feed-forward network, as it is published.
#[derive(Module)]
pub struct Mlp {
    /// Out of the residual stream.
    #[module(args(in = "n_embd", out = "n_inner"))]
    pub c_fc: Conv1D,
    /// Back into it.
    #[module(args(in = "n_inner", out = "n_embd"))]
    pub c_proj: Conv1D,
}

/// A linear layer as GPT-2's authors wrote it: `weight` [in, out].
#[derive(Module)]
#[module(args(in, out))]
pub struct Conv1D {
    /// A column for each output.
    #[param(shape = ["in", "out"], dtype = FLOATS)]
    pub weight: Tensor,
    /// Added to each output.
    #[param(shape = ["out"], dtype = FLOATS)]
    pub bias: Tensor,
}

/// The same layer from the same file, with a row for each output.
#[derive(Module)]
#[module(args(in, out))]
pub struct TransposedConv1D {
    /// A row for each output.
    #[param(shape = ["out", "in"], dtype = FLOATS, from = transpose)]
    pub weight: Tensor,
    /// Added to each output.
    #[param(shape = ["out"], dtype = FLOATS)]
    pub bias: Tensor,
}

/// The attention's layers with a tensor each: thirds of the columns of `c_attn`, transposed.
#[derive(Module)]
pub struct SplitAttention {
    /// Queries.
    #[param(
        shape = ["n_embd", "n_embd"],
        dtype = FLOATS,
        from = transpose(of = slice(dim = 1, of = "c_attn.weight", start = 0, len = "n_embd")),
    )]
    pub q: Tensor,
    /// Their bias.
    #[param(shape = ["n_embd"], dtype = FLOATS, from = slice(dim = 0, of = "c_attn.bias", start = 0))]
    pub q_bias: Tensor,
    /// Keys.
    #[param(
        shape = ["n_embd", "n_embd"],
        dtype = FLOATS,
        from = transpose(of = slice(dim = 1, of = "c_attn.weight", start = "n_embd", len = "n_embd")),
    )]
    pub k: Tensor,
    /// Their bias.
    #[param(shape = ["n_embd"], dtype = FLOATS, from = slice(dim = 0, of = "c_attn.bias", start = "n_embd"))]
    pub k_bias: Tensor,
    /// Values.
    #[param(
        shape = ["n_embd", "n_embd"],
        dtype = FLOATS,
        from = transpose(of = slice(dim = 1, of = "c_attn.weight", start = 2 * "n_embd", len = "n_embd")),
    )]
    pub v: Tensor,
    /// Their bias.
    #[param(shape = ["n_embd"], dtype = FLOATS, from = slice(dim = 0, of = "c_attn.bias", start = 2 * "n_embd"))]
    pub v_bias: Tensor,
    /// Output.
    #[module(args(in = "n_embd", out = "n_embd"))]
    pub c_proj: TransposedConv1D,
}

/// The feed-forward network with a row for each output.
#[derive(Module)]
pub struct TransposedMlp {
    /// Out of the residual stream.
    #[module(args(in = "n_embd", out = "n_inner"))]
    pub c_fc: TransposedConv1D,
    /// Back into it.
    #[module(args(in = "n_inner", out = "n_embd"))]
    pub c_proj: TransposedConv1D,
}

/// What holds a block's layers for attention.
pub trait Attention: Module {
    /// Queries, keys and values, each [.., width].
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

impl Attention for FusedAttention {
    fn project(&self, x: &Tensor) -> Result<[Tensor; 3]> {
        let (qkv, width) = (self.c_attn.forward(x)?, x.dim(2)?);
        Ok([qkv.narrow(2, 0, width)?, qkv.narrow(2, width, width)?, qkv.narrow(2, 2 * width, width)?])
    }

    fn output(&self, x: &Tensor) -> Result<Tensor> {
        self.c_proj.forward(x)
    }
}

impl Attention for SplitAttention {
    fn project(&self, x: &Tensor) -> Result<[Tensor; 3]> {
        let project = |weight: &Tensor, bias: &Tensor| Linear::new(weight.clone(), Some(bias.clone())).forward(x);
        Ok([project(&self.q, &self.q_bias)?, project(&self.k, &self.k_bias)?, project(&self.v, &self.v_bias)?])
    }

    fn output(&self, x: &Tensor) -> Result<Tensor> {
        self.c_proj.forward(x)
    }
}

/// What holds a block's feed-forward network.
pub trait FeedForward: Module {
    /// [.., width] → [.., width].
    ///
    /// # Errors
    /// candle's.
    fn forward(&self, x: &Tensor) -> Result<Tensor>;
}

impl FeedForward for Mlp {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        // candle's `gelu` is the approximation by a hyperbolic tangent: `gelu_new`
        self.c_proj.forward(&self.c_fc.forward(x)?.gelu()?)
    }
}

impl FeedForward for TransposedMlp {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        self.c_proj.forward(&self.c_fc.forward(x)?.gelu()?)
    }
}

impl Conv1D {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        Linear::new(self.weight.t()?, Some(self.bias.clone())).forward(x)
    }
}

impl TransposedConv1D {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        Linear::new(self.weight.clone(), Some(self.bias.clone())).forward(x)
    }
}

impl<A: Attention, M: FeedForward> Gpt2<A, M> {
    /// Tokens [batch, tokens] → logits [batch, tokens, vocabulary].
    ///
    /// # Errors
    /// candle's, where a token is not in the vocabulary, or there are more than places.
    pub fn forward(&self, tokens: &Tensor) -> Result<Tensor> {
        let Transformer { wte, wpe, h, ln_f, n_head } = &self.transformer;
        let places = wpe.embeddings().narrow(0, 0, tokens.dim(1)?)?;
        let mut x = wte.forward(tokens)?.broadcast_add(&places)?;
        let (mask, width) = (causal(&x, None)?, x.dim(2)? / n_head);
        for block in h {
            let [q, k, v] = block.attn.project(&block.ln_1.forward(&x)?)?;
            let heads = |x: &Tensor| split_heads(x, width);
            let mixed = attention(&heads(&q)?, &heads(&k)?, &heads(&v)?, Some(&mask))?;
            x = (x + block.attn.output(&mixed)?)?;
            x = (&x + block.mlp.forward(&block.ln_2.forward(&x)?)?)?;
        }
        self.lm_head.forward(&ln_f.forward(&x)?)
    }
}
