//! Layers of transformers on candle: the names and shapes that torch gives their weights, and what they compute.
//!
//! A tensor of candle has a dtype that is only known when it is there, so each field says which dtypes are right: those
//! that models are published in.

use std::marker::PhantomData;

use candle_core::{Result, Tensor};
use candle_nn::{Module as _, ops};
use weighbridge::{DType, Module};

use crate::sizes::Size;

/// What models are published in.
pub const FLOATS: &[DType] = &[DType::F32, DType::BF16, DType::F16];

/// A linear layer: `weight` [Out, In] and `bias`.
#[derive(Module)]
pub struct Linear<In: Size, Out: Size> {
    /// A row for each output.
    #[param(shape = [Out::SIZE, In::SIZE], dtype = FLOATS)]
    pub weight: Tensor,
    /// Added to each output.
    #[param(shape = [Out::SIZE], dtype = FLOATS)]
    pub bias: Tensor,
    /// The sizes.
    pub sizes: PhantomData<(In, Out)>,
}

impl<In: Size, Out: Size> Linear<In, Out> {
    /// [.., In] → [.., Out].
    ///
    /// # Errors
    /// candle's, where `x` has another width or dtype.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        linear(x, &self.weight, Some(&self.bias))
    }
}

/// A linear layer without a bias.
#[derive(Module)]
pub struct Projection<In: Size, Out: Size> {
    /// A row for each output.
    #[param(shape = [Out::SIZE, In::SIZE], dtype = FLOATS)]
    pub weight: Tensor,
    /// The sizes.
    pub sizes: PhantomData<(In, Out)>,
}

impl<In: Size, Out: Size> Projection<In, Out> {
    /// [.., In] → [.., Out].
    ///
    /// # Errors
    /// candle's, where `x` has another width or dtype.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        linear(x, &self.weight, None)
    }
}

/// A row for each token, or for each place.
#[derive(Module)]
pub struct Embedding<Count: Size, Width: Size> {
    /// The rows.
    #[param(shape = [Count::SIZE, Width::SIZE], dtype = FLOATS)]
    pub weight: Tensor,
    /// The sizes.
    pub sizes: PhantomData<(Count, Width)>,
}

impl<Count: Size, Width: Size> Embedding<Count, Width> {
    /// Numbers of any shape → [.., Width].
    ///
    /// # Errors
    /// candle's, where a number is not below `Count`.
    pub fn forward(&self, numbers: &Tensor) -> Result<Tensor> {
        candle_nn::Embedding::new(self.weight.clone(), Width::SIZE).forward(numbers)
    }

    /// The first `count` rows.
    ///
    /// # Errors
    /// candle's, where there are fewer.
    pub fn first(&self, count: usize) -> Result<Tensor> {
        self.weight.narrow(0, 0, count)
    }
}

/// Normalisation over the last dimension. `gamma` and `beta` are the names of the first checkpoints of BERT.
#[derive(Module)]
pub struct LayerNorm<Width: Size> {
    /// The scale of each dimension.
    #[param(shape = [Width::SIZE], dtype = FLOATS, alias = "gamma")]
    pub weight: Tensor,
    /// The offset of each dimension.
    #[param(shape = [Width::SIZE], dtype = FLOATS, alias = "beta")]
    pub bias: Tensor,
    /// The size.
    pub size: PhantomData<Width>,
}

impl<Width: Size> LayerNorm<Width> {
    /// The same shape, with mean 0 and variance 1 along the last dimension, then scaled and moved.
    ///
    /// # Errors
    /// candle's, where `x` has another width or dtype.
    pub fn forward(&self, x: &Tensor, epsilon: f32) -> Result<Tensor> {
        ops::layer_norm(&x.contiguous()?, &self.weight, &self.bias, epsilon)
    }
}

/// Normalisation by the root of the mean square.
#[derive(Module)]
pub struct RmsNorm<Width: Size> {
    /// The scale of each dimension.
    #[param(shape = [Width::SIZE], dtype = FLOATS)]
    pub weight: Tensor,
    /// The size.
    pub size: PhantomData<Width>,
}

impl<Width: Size> RmsNorm<Width> {
    /// The same shape, with mean square 1 along the last dimension, then scaled.
    ///
    /// # Errors
    /// candle's, where `x` has another width or dtype.
    pub fn forward(&self, x: &Tensor, epsilon: f32) -> Result<Tensor> {
        ops::rms_norm(&x.contiguous()?, &self.weight, epsilon)
    }
}

/// `x` times the transposed `weight` [out, in], plus `bias`.
///
/// # Errors
/// candle's, where the shapes or dtypes differ.
pub fn linear(x: &Tensor, weight: &Tensor, bias: Option<&Tensor>) -> Result<Tensor> {
    candle_nn::Linear::new(weight.clone(), bias.cloned()).forward(x)
}

/// [batch, tokens, heads * width] → [batch, heads, tokens, width].
///
/// # Errors
/// candle's, where the last extent is no multiple of `count`.
pub fn split_heads(x: &Tensor, count: usize) -> Result<Tensor> {
    let (batch, tokens, width) = x.dims3()?;
    x.reshape((batch, tokens, count, width / count))?.transpose(1, 2)?.contiguous()
}

/// Attention of queries [batch, heads, tokens, width] to keys and values [batch, heads or fewer, tokens, width]; the
/// outcome is [batch, tokens, heads * width]. `causal` hides from each token those behind it.
///
/// # Errors
/// candle's, where the shapes or dtypes differ.
pub fn attention(queries: &Tensor, keys: &Tensor, values: &Tensor, causal: bool) -> Result<Tensor> {
    let (batch, heads, tokens, width) = queries.dims4()?;
    let (keys, values) = (repeat_heads(keys, heads)?, repeat_heads(values, heads)?);
    let mut scores = (queries.matmul(&keys.t()?)? / (width as f64).sqrt())?;
    if causal {
        let hidden =
            (0..tokens).flat_map(|at| (0..tokens).map(move |to| if to > at { f32::NEG_INFINITY } else { 0.0 }));
        let mask = Tensor::from_iter(hidden, scores.device())?.reshape((tokens, tokens))?.to_dtype(scores.dtype())?;
        scores = scores.broadcast_add(&mask)?;
    }
    let mixed = ops::softmax_last_dim(&scores)?.matmul(&values)?;
    mixed.transpose(1, 2)?.reshape((batch, tokens, heads * width))
}

/// Each head of the keys as often as there are heads of the queries that share it.
fn repeat_heads(x: &Tensor, heads: usize) -> Result<Tensor> {
    let (batch, few, tokens, width) = x.dims4()?;
    let repeated = x.unsqueeze(2)?.expand((batch, few, heads / few, tokens, width))?;
    repeated.reshape((batch, heads, tokens, width))
}
