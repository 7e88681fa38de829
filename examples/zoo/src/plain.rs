//! Layers that torch and MLX store alike, as weights alone: for models that compute elsewhere.

use weighbridge::{Module, Tensor};

/// A linear layer: `weight` [OUT, IN] and `bias`.
#[derive(Module, Clone, Debug, PartialEq)]
pub struct Linear<const IN: usize, const OUT: usize> {
    /// A row for each output.
    #[param(shape = [OUT, IN])]
    pub weight: Tensor<f32>,
    /// Added to each output.
    #[param(shape = [OUT])]
    pub bias: Tensor<f32>,
}

/// A linear layer that was made with `bias=False`. A type of its own, and not an `Option`: a file that lacks a bias
/// which the model has is then refused, and so is one that has a bias too many.
#[derive(Module, Clone, Debug, PartialEq)]
pub struct Projection<const IN: usize, const OUT: usize> {
    /// A row for each output.
    #[param(shape = [OUT, IN])]
    pub weight: Tensor<f32>,
}

/// Normalisation over the last dimension.
#[derive(Module, Clone, Debug, PartialEq)]
pub struct LayerNorm<const DIM: usize> {
    /// The scale of each dimension.
    #[param(shape = [DIM])]
    pub weight: Tensor<f32>,
    /// The offset of each dimension.
    #[param(shape = [DIM])]
    pub bias: Tensor<f32>,
}
