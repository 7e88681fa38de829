//! The layers of torch, as transformers saves them.

use wb::{Element, Module, Tensor};

#[derive(Module, Clone, Debug, PartialEq)]
#[module(crate = wb)]
pub struct Linear<const IN: usize, const OUT: usize, T: Element = f32> {
    #[param(shape = [OUT, IN])]
    pub weight: Tensor<T>,
    #[param(shape = [OUT])]
    pub bias: Tensor<T>,
}

/// With a bias or without one, as the file has it.
#[derive(Module, Clone, Debug, PartialEq)]
#[module(crate = wb)]
pub struct Projection<const IN: usize, const OUT: usize> {
    #[param(shape = [OUT, IN])]
    pub weight: Tensor<f32>,
    #[param(shape = [OUT])]
    pub bias: Option<Tensor<f32>>,
}

#[derive(Module, Clone, Debug, PartialEq)]
#[module(crate = wb)]
pub struct Embedding<const COUNT: usize, const DIM: usize> {
    #[param(shape = [COUNT, DIM])]
    pub weight: Tensor<f32>,
}

#[derive(Module, Clone, Debug, PartialEq)]
#[module(crate = wb)]
pub struct LayerNorm<const DIM: usize> {
    #[param(shape = [DIM])]
    pub weight: Tensor<f32>,
    #[param(shape = [DIM])]
    pub bias: Tensor<f32>,
}

#[derive(Module, Clone, Debug, PartialEq)]
#[module(crate = wb)]
pub struct BatchNorm<const DIM: usize> {
    #[param(shape = [DIM])]
    pub weight: Tensor<f32>,
    #[param(shape = [DIM])]
    pub bias: Tensor<f32>,
    #[param(shape = [DIM])]
    pub running_mean: Tensor<f32>,
    #[param(shape = [DIM])]
    pub running_var: Tensor<f32>,
    /// A tensor without dims.
    #[param]
    pub num_batches_tracked: i64,
}

impl<const IN: usize, const OUT: usize, T: Element> Linear<IN, OUT, T> {
    pub fn zeros() -> Self {
        Linear { weight: Tensor::zeros([OUT, IN]), bias: Tensor::zeros([OUT]) }
    }
}

impl<const IN: usize, const OUT: usize> Linear<IN, OUT> {
    /// Every element is `value`.
    pub fn full(value: f32) -> Self {
        Linear { weight: full([OUT, IN], value), bias: full([OUT], value) }
    }
}

/// A tensor all of whose elements are `value`.
pub fn full<const RANK: usize>(shape: [usize; RANK], value: f32) -> Tensor<f32> {
    Tensor::new(shape, vec![value; shape.iter().product()]).unwrap()
}
