// Loads `model.safetensors` strictly: 50 tensors.
// Generated from the names, dtypes and shapes in it, and meant to be edited.

use weighbridge::{Module, Tensor};

/// The dtype of the floats.
pub type Float = f32;

pub const DIM_16: usize = 16; // "hidden_sizes.1" in config.json
pub const CLASSES: usize = 5;

/// The whole checkpoint.
#[derive(Clone, Debug, Module)]
pub struct ResNet {
    pub resnet: ResnetModel,
    pub classifier: ((), Linear<DIM_16, CLASSES>),
}

/// At `resnet`.
#[derive(Clone, Debug, Module)]
pub struct ResnetModel {
    pub embedder: Embedder,
    pub encoder: Encoder,
}

/// At `resnet.embedder`.
#[derive(Clone, Debug, Module)]
pub struct Embedder {
    pub embedder: ConvNorm<3, 8, 7>,
}

/// At `resnet.embedder.embedder`, `resnet.encoder.stages.*.layers.*.layer.*`, `resnet.encoder.stages.*.layers.*.shortcut`.
#[derive(Clone, Debug, Module)]
pub struct ConvNorm<const IN: usize, const OUT: usize, const KERNEL: usize> {
    pub convolution: Conv2d<IN, OUT, KERNEL>,
    pub normalization: BatchNorm<OUT>,
}

/// At `resnet.encoder`.
#[derive(Clone, Debug, Module)]
pub struct Encoder {
    pub stages: (Stage, StageWithShortcut),
}

/// At `resnet.encoder.stages.*`.
#[derive(Clone, Debug, Module)]
pub struct Stage {
    #[module(len = 1)]
    pub layers: Vec<Layer<8>>,
}

/// At `resnet.encoder.stages.*.layers.*`.
#[derive(Clone, Debug, Module)]
pub struct Layer<const OUT: usize> {
    #[module(len = 2)]
    pub layer: Vec<ConvNorm<OUT, OUT, 3>>,
}

/// At `resnet.encoder.stages.*`.
#[derive(Clone, Debug, Module)]
pub struct StageWithShortcut {
    pub layers: (LayerWithShortcut, Layer<DIM_16>),
}

/// At `resnet.encoder.stages.*.layers.*`.
#[derive(Clone, Debug, Module)]
pub struct LayerWithShortcut {
    pub layer: (ConvNorm<8, DIM_16, 3>, ConvNorm<DIM_16, DIM_16, 3>),
    pub shortcut: ConvNorm<8, DIM_16, 1>,
}

/// A convolution; its weight is `[out, in, kernel, kernel]`.
#[derive(Clone, Debug, Module)]
pub struct Conv2d<const IN: usize, const OUT: usize, const KERNEL: usize> {
    #[param(shape = [OUT, IN, KERNEL, KERNEL])]
    pub weight: Tensor<Float>,
}

/// A batch normalisation with its running statistics.
#[derive(Clone, Debug, Module)]
pub struct BatchNorm<const DIM: usize> {
    #[param(shape = [DIM])]
    pub weight: Tensor<Float>,
    #[param(shape = [DIM])]
    pub bias: Tensor<Float>,
    #[param(shape = [DIM])]
    pub running_mean: Tensor<Float>,
    #[param(shape = [DIM])]
    pub running_var: Tensor<Float>,
    #[param]
    pub num_batches_tracked: i64,
}

/// A linear layer; its weight is `[out, in]`.
#[derive(Clone, Debug, Module)]
pub struct Linear<const IN: usize, const OUT: usize> {
    #[param(shape = [OUT, IN])]
    pub weight: Tensor<Float>,
    #[param(shape = [OUT])]
    pub bias: Tensor<Float>,
}
