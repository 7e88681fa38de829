//! What the transformers of the zoo compute alike.

use candle_core::{D, Result, Tensor};
use candle_nn::{ops, rotary_emb};

/// [batch, tokens, heads * width] → [batch, heads, tokens, width].
///
/// # Errors
/// candle's, where the last extent is no multiple of `width`.
pub fn split_heads(x: &Tensor, width: usize) -> Result<Tensor> {
    let (batch, tokens, all) = x.dims3()?;
    x.reshape((batch, tokens, all / width, width))?.transpose(1, 2)?.contiguous()
}

/// [batch, heads, tokens, width] → [batch, tokens, heads * width].
///
/// # Errors
/// candle's, where `x` has other dims.
pub fn join_heads(x: &Tensor) -> Result<Tensor> {
    x.transpose(1, 2)?.flatten_from(2)
}

/// How much each query [batch, heads, tokens, width] has to do with each key [batch, heads or fewer, tokens, width].
///
/// # Errors
/// candle's, where the shapes or dtypes differ.
pub fn scores(queries: &Tensor, keys: &Tensor) -> Result<Tensor> {
    queries.matmul(&repeat_heads(keys, queries.dim(1)?)?.t()?)
}

/// The values [batch, heads or fewer, tokens, width], mixed by scores; the outcome is [batch, tokens, heads * width].
/// `mask` is added to the scores, and hides values by negative infinity.
///
/// # Errors
/// candle's, where the shapes or dtypes differ.
pub fn mix(scores: &Tensor, values: &Tensor, mask: Option<&Tensor>) -> Result<Tensor> {
    let scores = match mask {
        Some(mask) => scores.broadcast_add(mask)?,
        None => scores.clone(),
    };
    join_heads(&ops::softmax_last_dim(&scores)?.matmul(&repeat_heads(values, scores.dim(1)?)?)?)
}

/// The attention that most models have: scores over the root of a head's width.
///
/// # Errors
/// candle's, where the shapes or dtypes differ.
pub fn attention(queries: &Tensor, keys: &Tensor, values: &Tensor, mask: Option<&Tensor>) -> Result<Tensor> {
    let width = queries.dim(D::Minus1)? as f64;
    mix(&(scores(queries, keys)? / width.sqrt())?, values, mask)
}

/// Each head of the keys as often as there are heads of the queries that share it.
fn repeat_heads(x: &Tensor, heads: usize) -> Result<Tensor> {
    let (batch, few, tokens, width) = x.dims4()?;
    let repeated = x.unsqueeze(2)?.expand((batch, few, heads / few, tokens, width))?;
    repeated.reshape((batch, heads, tokens, width))
}

/// Hides from each token of `x` [batch, tokens, ..] those behind it, and those that are `window` or more places before it.
///
/// # Errors
/// candle's.
pub fn causal(x: &Tensor, window: Option<usize>) -> Result<Tensor> {
    let tokens = x.dim(1)?;
    let hidden = |at: usize, to: usize| to > at || window.is_some_and(|window| at - to >= window);
    let mask = (0..tokens * tokens).map(|i| if hidden(i / tokens, i % tokens) { f32::NEG_INFINITY } else { 0.0 });
    Tensor::from_iter(mask, x.device())?.reshape((tokens, tokens))?.to_dtype(x.dtype())
}

/// Rotary positions: sine and cosine of each place's angles.
pub struct Rope {
    cos: Tensor,
    sin: Tensor,
}

impl Rope {
    /// For as many places as `x` [batch, tokens, ..] has, and heads of this width.
    ///
    /// # Errors
    /// candle's.
    pub fn new(x: &Tensor, width: usize, theta: f64) -> Result<Rope> {
        let (tokens, half) = (x.dim(1)?, width / 2);
        let frequency = |pair: usize| theta.powf(-(pair as f64) / half as f64);
        let angles = (0..tokens).flat_map(|at| (0..half).map(move |pair| (at as f64 * frequency(pair)) as f32));
        let angles = Tensor::from_iter(angles, x.device())?.reshape((tokens, half))?;
        Ok(Rope { cos: angles.cos()?.to_dtype(x.dtype())?, sin: angles.sin()?.to_dtype(x.dtype())? })
    }

    /// Turns each pair of a head's dimensions, of which the second is half a head behind the first.
    ///
    /// # Errors
    /// candle's, where `x` [batch, heads, tokens, width] has more places or another width.
    pub fn turn(&self, x: &Tensor) -> Result<Tensor> {
        rotary_emb::rope(x, &self.cos, &self.sin)
    }
}
