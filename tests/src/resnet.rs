//! ResNet: convolutions, batch norm, stages of unlike layers.

use wb::{Module, Tensor};

use crate::layers::{BatchNorm, Linear};

#[derive(Module, Clone, Debug, PartialEq)]
#[module(crate = wb)]
pub struct ResNet {
    pub resnet: Backbone,
    /// The first of the list has no parameters, and keeps its index.
    pub classifier: (Flatten, Linear<16, 5>),
}

#[derive(Module, Clone, Debug, PartialEq)]
#[module(crate = wb)]
pub struct Flatten;

#[derive(Module, Clone, Debug, PartialEq)]
#[module(crate = wb)]
pub struct Backbone {
    #[module(rename = "embedder.embedder")]
    pub embedder: ConvNorm<3, 8, 7>,
    pub encoder: Encoder,
}

#[derive(Module, Clone, Debug, PartialEq)]
#[module(crate = wb)]
pub struct Encoder {
    pub stages: (Stage<[BasicLayer<8, 8>; 1]>, Stage<(BasicLayer<8, 16>, BasicLayer<16, 16>)>),
}

#[derive(Module, Clone, Debug, PartialEq)]
#[module(crate = wb)]
pub struct Stage<L> {
    pub layers: L,
}

#[derive(Module, Clone, Debug, PartialEq)]
#[module(crate = wb)]
pub struct BasicLayer<const IN: usize, const OUT: usize> {
    pub layer: (ConvNorm<IN, OUT, 3>, ConvNorm<OUT, OUT, 3>),
    /// Where the sizes differ.
    pub shortcut: Option<ConvNorm<IN, OUT, 1>>,
}

#[derive(Module, Clone, Debug, PartialEq)]
#[module(crate = wb)]
pub struct ConvNorm<const IN: usize, const OUT: usize, const KERNEL: usize> {
    #[param(rename = "convolution.weight", shape = [OUT, IN, KERNEL, KERNEL])]
    pub convolution: Tensor<f32>,
    pub normalization: BatchNorm<OUT>,
}
