// Loads `cnn.npz` strictly: 9 tensors.
// Generated from the names, dtypes and shapes in it, and meant to be edited.

use weighbridge::{Module, Tensor};

/// The dtype of the floats.
pub type Float = f32;

pub const CLASSES: usize = 5;

/// The whole checkpoint.
#[derive(Clone, Debug, Module)]
pub struct Cnn {
    pub conv1: Conv2d<3, 8>,
    pub bn1: BatchNorm,
    pub conv2: Conv2dNoBias<8, 16>,
    pub fc: Linear<16, CLASSES>,
}

/// A convolution; its weight is `[out, kernel, kernel, in]`.
#[derive(Clone, Debug, Module)]
pub struct Conv2d<const IN: usize, const OUT: usize> {
    #[param(shape = [OUT, 3, 3, IN])]
    pub weight: Tensor<Float>,
    #[param(shape = [OUT])]
    pub bias: Tensor<Float>,
}

/// A batch normalisation with its running statistics.
#[derive(Clone, Debug, Module)]
pub struct BatchNorm {
    #[param(shape = [8])]
    pub weight: Tensor<Float>,
    #[param(shape = [8])]
    pub bias: Tensor<Float>,
    #[param(shape = [8])]
    pub running_mean: Tensor<Float>,
    #[param(shape = [8])]
    pub running_var: Tensor<Float>,
}

/// A convolution; its weight is `[out, kernel, kernel, in]`.
#[derive(Clone, Debug, Module)]
pub struct Conv2dNoBias<const IN: usize, const OUT: usize> {
    #[param(shape = [OUT, 3, 3, IN])]
    pub weight: Tensor<Float>,
}

/// A linear layer; its weight is `[out, in]`.
#[derive(Clone, Debug, Module)]
pub struct Linear<const IN: usize, const OUT: usize> {
    #[param(shape = [OUT, IN])]
    pub weight: Tensor<Float>,
    #[param(shape = [OUT])]
    pub bias: Tensor<Float>,
}
