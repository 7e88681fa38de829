// Loads `quantized.safetensors` strictly: 10 tensors.
// Generated from the names, dtypes and shapes in it, and meant to be edited.

use weighbridge::{Module, Tensor};

/// The dtype of the floats.
pub type Float = f32;

pub const VOCAB: usize = 64;

/// The whole checkpoint.
#[derive(Clone, Debug, Module)]
pub struct Quantized {
    pub embed: QuantizedEmbedding<VOCAB>,
    pub layers: (QuantizedLinear<64>, QuantizedLinearNoBias<128>),
}

/// A quantised matrix: packed integers, and a scale and a bias for each group.
#[derive(Clone, Debug, Module)]
pub struct QuantizedEmbedding<const COUNT: usize> {
    #[param(shape = [COUNT, 8])]
    pub weight: Tensor<u32>,
    #[param(shape = [COUNT, 2])]
    pub scales: Tensor<Float>,
    #[param(shape = [COUNT, 2])]
    pub biases: Tensor<Float>,
}

/// A quantised matrix: packed integers, and a scale and a bias for each group.
#[derive(Clone, Debug, Module)]
pub struct QuantizedLinear<const OUT: usize> {
    #[param(shape = [OUT, 8])]
    pub weight: Tensor<u32>,
    #[param(shape = [OUT, 2])]
    pub scales: Tensor<Float>,
    #[param(shape = [OUT, 2])]
    pub biases: Tensor<Float>,
    #[param(shape = [OUT])]
    pub bias: Tensor<Float>,
}

/// A quantised matrix: packed integers, and a scale and a bias for each group.
#[derive(Clone, Debug, Module)]
pub struct QuantizedLinearNoBias<const OUT: usize> {
    #[param(shape = [OUT, 8])]
    pub weight: Tensor<u32>,
    #[param(shape = [OUT, 2])]
    pub scales: Tensor<Float>,
    #[param(shape = [OUT, 2])]
    pub biases: Tensor<Float>,
}
