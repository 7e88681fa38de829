//! ResNet, as transformers saves it (`ResNetForImageClassification`): weights alone.
//!
//! The model is generic over its stages, which are a tuple of tuples, because the first layer of a stage is of another
//! type than the others: it changes the width. A published model is one type alias:
//!
//! ```
//! use weighbridge::Module;
//! use weighbridge_zoo::resnet::{Basic, Down, ResNet, Stage};
//!
//! type ResNet18 = ResNet<
//!     (
//!         Stage<(Basic<64, 64>, Basic<64, 64>)>,
//!         Stage<(Down<64, 128>, Basic<128, 128>)>,
//!         Stage<(Down<128, 256>, Basic<256, 256>)>,
//!         Stage<(Down<256, 512>, Basic<512, 512>)>,
//!     ),
//!     64,
//!     512,
//!     1000,
//! >;
//!
//! // a weight and a bias, and five tensors more for each of 20 convolutions with its norm
//! const _: () = assert!(ResNet18::SCHEMA.parameter_count().unwrap() == 2 + 20 * 6);
//! ```

use weighbridge::{Module, Tensor};

use crate::plain::Linear;

/// The committed checkpoint: `depths` [1, 2], `hidden_sizes` [8, 16], five labels.
pub type Tiny = ResNet<(Stage<(Basic<8, 8>,)>, Stage<(Down<8, 16>, Basic<16, 16>)>), 8, 16, 5>;

/// The whole: `STEM` channels behind the first convolution, `LAST` before the classifier.
#[derive(Module, Clone, Debug, PartialEq)]
pub struct ResNet<S, const STEM: usize, const LAST: usize, const LABELS: usize> {
    /// The stem and the stages.
    pub resnet: Backbone<S, STEM>,
    /// `nn.Sequential(nn.Flatten(), nn.Linear(..))`: the first has no parameters, and keeps its index.
    pub classifier: ((), Linear<LAST, LABELS>),
}

/// From the image to the last stage.
#[derive(Module, Clone, Debug, PartialEq)]
pub struct Backbone<S, const STEM: usize> {
    /// The stem, on an image of three channels.
    #[module(rename = "embedder.embedder")]
    pub embedder: ConvNorm<3, STEM, 7>,
    /// A tuple of stages.
    #[module(rename = "encoder.stages")]
    pub stages: S,
}

/// Layers of one width, as a tuple.
#[derive(Module, Clone, Debug, PartialEq)]
pub struct Stage<L> {
    /// `layers.0`, `layers.1`, ..
    pub layers: L,
}

/// Two convolutions, of ResNet-18 and ResNet-34. `S` is what the residual goes through.
#[derive(Module, Clone, Debug, PartialEq)]
pub struct Basic<const IN: usize, const OUT: usize, S = ()> {
    /// The convolutions.
    pub layer: (ConvNorm<IN, OUT, 3>, ConvNorm<OUT, OUT, 3>),
    /// Nothing, or the projection of the residual.
    pub shortcut: S,
}

/// The first layer of a stage, where the residual is projected to the new width.
pub type Down<const IN: usize, const OUT: usize> = Basic<IN, OUT, ConvNorm<IN, OUT, 1>>;

/// Three convolutions around a narrow one, of ResNet-50 and larger ones.
#[derive(Module, Clone, Debug, PartialEq)]
pub struct Bottleneck<const IN: usize, const NARROW: usize, const OUT: usize, S = ()> {
    /// The convolutions.
    pub layer: (ConvNorm<IN, NARROW, 1>, ConvNorm<NARROW, NARROW, 3>, ConvNorm<NARROW, OUT, 1>),
    /// Nothing, or the projection of the residual.
    pub shortcut: S,
}

/// The first layer of a stage, where the residual is projected to the new width.
pub type BottleneckDown<const IN: usize, const NARROW: usize, const OUT: usize> =
    Bottleneck<IN, NARROW, OUT, ConvNorm<IN, OUT, 1>>;

/// A convolution without a bias, and the norm behind it.
#[derive(Module, Clone, Debug, PartialEq)]
pub struct ConvNorm<const IN: usize, const OUT: usize, const KERNEL: usize> {
    /// The kernels, as torch lays them out.
    #[param(rename = "convolution.weight", shape = [OUT, IN, KERNEL, KERNEL])]
    pub convolution: Tensor<f32>,
    /// The norm.
    pub normalization: BatchNorm<OUT>,
}

/// Normalisation by what was seen in training. All five tensors are in the file, and all five are loaded: nothing is
/// ignored that a training run would need.
#[derive(Module, Clone, Debug, PartialEq)]
pub struct BatchNorm<const DIM: usize> {
    /// The scale of each channel.
    #[param(shape = [DIM])]
    pub weight: Tensor<f32>,
    /// The offset of each channel.
    #[param(shape = [DIM])]
    pub bias: Tensor<f32>,
    /// The mean of each channel in training.
    #[param(shape = [DIM])]
    pub running_mean: Tensor<f32>,
    /// The variance of each channel in training.
    #[param(shape = [DIM])]
    pub running_var: Tensor<f32>,
    /// How many batches were seen: a tensor without dimensions.
    #[param]
    pub num_batches_tracked: i64,
}
