//! A small convolutional network of MLX: weights alone.
//!
//! MLX lays kernels out as [O, kH, kW, I]. [`Cnn`] holds them so; [`TorchCnn`] loads the very same files, and holds them
//! as torch and candle do, [O, I, kH, kW]. The two differ in one attribute of one field.

use weighbridge::{Module, Tensor};

use crate::plain::{LayerNorm, Linear};

/// The network with kernels as MLX has them.
pub type Cnn = Network<Conv2d<3, 8, 3>, Conv2dWithoutBias<8, 16, 3>>;

/// The same network from the same files, with kernels as torch has them.
pub type TorchCnn = Network<TorchConv2d<3, 8, 3>, TorchConv2dWithoutBias<8, 16, 3>>;

/// Two convolutions with a norm between them, and a classifier.
#[derive(Module, Clone, Debug, PartialEq)]
pub struct Network<First, Second> {
    /// The first convolution.
    pub conv1: First,
    /// The norm behind it.
    pub bn1: BatchNorm<8>,
    /// The second convolution.
    pub conv2: Second,
    /// The classifier.
    pub fc: Linear<16, 5>,
}

/// `nn.Conv2d`.
#[derive(Module, Clone, Debug, PartialEq)]
pub struct Conv2d<const IN: usize, const OUT: usize, const KERNEL: usize> {
    /// The kernels, channels last.
    #[param(shape = [OUT, KERNEL, KERNEL, IN])]
    pub weight: Tensor<f32>,
    /// Added to each output.
    #[param(shape = [OUT])]
    pub bias: Tensor<f32>,
}

/// `nn.Conv2d(.., bias=False)`.
#[derive(Module, Clone, Debug, PartialEq)]
pub struct Conv2dWithoutBias<const IN: usize, const OUT: usize, const KERNEL: usize> {
    /// The kernels, channels last.
    #[param(shape = [OUT, KERNEL, KERNEL, IN])]
    pub weight: Tensor<f32>,
}

/// [`Conv2d`] for code that wants the channels first.
#[derive(Module, Clone, Debug, PartialEq)]
pub struct TorchConv2d<const IN: usize, const OUT: usize, const KERNEL: usize> {
    /// The kernels, channels first. `I` is the last dimension of the file.
    #[param(shape = [OUT, IN, KERNEL, KERNEL], from = permute(0, 3, 1, 2))]
    pub weight: Tensor<f32>,
    /// Added to each output.
    #[param(shape = [OUT])]
    pub bias: Tensor<f32>,
}

/// [`Conv2dWithoutBias`] for code that wants the channels first.
#[derive(Module, Clone, Debug, PartialEq)]
pub struct TorchConv2dWithoutBias<const IN: usize, const OUT: usize, const KERNEL: usize> {
    /// The kernels, channels first.
    #[param(shape = [OUT, IN, KERNEL, KERNEL], from = permute(0, 3, 1, 2))]
    pub weight: Tensor<f32>,
}

/// `nn.BatchNorm`: torch's without its counter.
#[derive(Module, Clone, Debug, PartialEq)]
pub struct BatchNorm<const DIM: usize> {
    /// The scale and the offset of each channel: `weight` and `bias`.
    #[module(flatten)]
    pub affine: LayerNorm<DIM>,
    /// The mean of each channel in training.
    #[param(shape = [DIM])]
    pub running_mean: Tensor<f32>,
    /// The variance of each channel in training.
    #[param(shape = [DIM])]
    pub running_var: Tensor<f32>,
}
