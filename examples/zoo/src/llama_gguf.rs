//! Llama on candle in the names and the layout of GGUF, as llama.cpp's converter writes it: floats, or quantised.
//!
//! Sizes are the file's own metadata: give the loader the file as configuration, too. The converter puts the rows of each head's
//! queries and keys in another order, for a rotation that turns neighbours. The layouts of `attn_q` and `attn_k` put them back, so that
//! the computation is that of [`llama`](crate::llama). They move whole rows, and with them whole blocks.
//!
//! Llama 3.1 and later scale the rotation by `rope_freqs.weight`, which this model does not compute, so it refuses such a file.

use candle_core::quantized::QMatMul;
use candle_core::{Module as _, Result, Tensor};
use candle_nn::{Embedding, Linear, RmsNorm, ops};
use weighbridge::{Module, Parameter};

use crate::layers::{Rope, attention, causal, split_heads};

/// The whole. `W` holds a matrix: a `QMatMul` as the file has it, and a `Tensor` floats.
#[derive(Module)]
pub struct LlamaGguf<W: Weight = QMatMul> {
    /// From tokens to the residual stream.
    #[param(rename = "token_embd.weight", shape = ["llama.vocab_size", "llama.embedding_length"])]
    pub token_embd: W,
    /// The layers.
    #[module(len = "llama.block_count")]
    pub blk: Vec<Block<W>>,
    /// Before the head.
    #[param(rename = "output_norm.weight", shape = ["llama.embedding_length"], dtype = "F32")]
    pub output_norm: Tensor,
    /// From the residual stream to the vocabulary. If it is not there, it is the embedding.
    #[param(rename = "output.weight", shape = ["llama.vocab_size", "llama.embedding_length"])]
    pub output: Option<W>,
    /// The width of a head.
    #[module(config = "llama.rope.dimension_count")]
    pub head_dim: usize,
    /// How slowly the last pair of a head's dimensions turns.
    #[module(config = "llama.rope.freq_base")]
    pub rope_base: f64,
    /// What norms add to a variance.
    #[module(config = "llama.attention.layer_norm_rms_epsilon")]
    pub epsilon: f64,
}

/// One layer: `blk.0` …
#[derive(Module)]
pub struct Block<W: Weight> {
    /// Before the attention.
    #[param(rename = "attn_norm.weight", shape = ["llama.embedding_length"], dtype = "F32")]
    pub attn_norm: Tensor,
    /// Queries.
    #[param(
        shape = ["llama.attention.head_count" * "llama.rope.dimension_count", "llama.embedding_length"],
        from = reshape(
            "llama.attention.head_count", 2, "llama.rope.dimension_count" / 2, "llama.embedding_length",
            of = permute(0, 2, 1, 3, of = reshape(
                "llama.attention.head_count" * "llama.rope.dimension_count", "llama.embedding_length",
                of = "attn_q.weight",
            )),
        ),
    )]
    pub attn_q: W,
    /// Keys.
    #[param(
        shape = ["llama.attention.head_count_kv" * "llama.rope.dimension_count", "llama.embedding_length"],
        from = reshape(
            "llama.attention.head_count_kv", 2, "llama.rope.dimension_count" / 2, "llama.embedding_length",
            of = permute(0, 2, 1, 3, of = reshape(
                "llama.attention.head_count_kv" * "llama.rope.dimension_count", "llama.embedding_length",
                of = "attn_k.weight",
            )),
        ),
    )]
    pub attn_k: W,
    /// Values.
    #[param(
        rename = "attn_v.weight",
        shape = ["llama.attention.head_count_kv" * "llama.rope.dimension_count", "llama.embedding_length"],
    )]
    pub attn_v: W,
    /// Output.
    #[param(
        rename = "attn_output.weight",
        shape = ["llama.embedding_length", "llama.attention.head_count" * "llama.rope.dimension_count"],
    )]
    pub attn_output: W,
    /// Before the feed-forward network.
    #[param(rename = "ffn_norm.weight", shape = ["llama.embedding_length"], dtype = "F32")]
    pub ffn_norm: Tensor,
    /// Gate.
    #[param(rename = "ffn_gate.weight", shape = ["llama.feed_forward_length", "llama.embedding_length"])]
    pub ffn_gate: W,
    /// Up.
    #[param(rename = "ffn_up.weight", shape = ["llama.feed_forward_length", "llama.embedding_length"])]
    pub ffn_up: W,
    /// Down.
    #[param(rename = "ffn_down.weight", shape = ["llama.embedding_length", "llama.feed_forward_length"])]
    pub ffn_down: W,
}

/// A matrix [out, in].
pub trait Weight: Parameter {
    /// [.., in] → [.., out].
    ///
    /// # Errors
    /// candle's.
    fn times(&self, x: &Tensor) -> Result<Tensor>;

    /// The rows of these numbers [..] → [.., in].
    ///
    /// # Errors
    /// candle's, where there is no such row.
    fn rows(&self, numbers: &Tensor) -> Result<Tensor>;
}

impl Weight for QMatMul {
    fn times(&self, x: &Tensor) -> Result<Tensor> {
        self.forward(&x.contiguous()?)
    }

    fn rows(&self, numbers: &Tensor) -> Result<Tensor> {
        self.embedding(numbers)
    }
}

impl Weight for Tensor {
    fn times(&self, x: &Tensor) -> Result<Tensor> {
        Linear::new(self.clone(), None).forward(x)
    }

    fn rows(&self, numbers: &Tensor) -> Result<Tensor> {
        Embedding::new(self.clone(), self.dim(1)?).forward(numbers)
    }
}

impl<W: Weight> LlamaGguf<W> {
    /// Tokens [batch, tokens] → logits [batch, tokens, vocabulary].
    ///
    /// # Errors
    /// candle's, where a token is not in the vocabulary.
    pub fn forward(&self, tokens: &Tensor) -> Result<Tensor> {
        let norm = |weight: &Tensor, x: &Tensor| RmsNorm::new(weight.clone(), self.epsilon).forward(x);
        let mut x = self.token_embd.rows(tokens)?;
        let (rope, mask) = (Rope::new(&x, self.head_dim, self.rope_base)?, causal(&x, None)?);
        for block in &self.blk {
            let normed = norm(&block.attn_norm, &x)?;
            let heads = |weight: &W| split_heads(&weight.times(&normed)?, self.head_dim);
            let (q, k, v) = (heads(&block.attn_q)?, heads(&block.attn_k)?, heads(&block.attn_v)?);
            let mixed = attention(&rope.turn(&q)?, &rope.turn(&k)?, &v, Some(&mask))?;
            x = (x + block.attn_output.times(&mixed)?)?;
            let normed = norm(&block.ffn_norm, &x)?;
            let gated = (ops::silu(&block.ffn_gate.times(&normed)?)? * block.ffn_up.times(&normed)?)?;
            x = (x + block.ffn_down.times(&gated)?)?;
        }
        self.output.as_ref().unwrap_or(&self.token_embd).times(&norm(&self.output_norm, &x)?)
    }
}
