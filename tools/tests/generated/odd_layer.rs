// Loads `odd_layer.safetensors` strictly: 7 tensors.
// Generated from the names, dtypes and shapes in it, and meant to be edited.

use weighbridge::{Module, Tensor};

/// The dtype of the floats.
pub type Float = f32;

/// The whole checkpoint.
#[derive(Clone, Debug, Module)]
pub struct OddLayer {
    pub layers: (
        Layer<20>,
        Layer<20>,
        LayerWithGate,
        Layer<20>,
        Layer<40>,
        Layer<20>,
    ),
}

/// At `layers.*`.
#[derive(Clone, Debug, Module)]
pub struct Layer<const OUT: usize> {
    pub fc: Linear<10, OUT>,
}

/// At `layers.*`.
#[derive(Clone, Debug, Module)]
pub struct LayerWithGate {
    pub gate: Gate,
    pub fc: Linear<10, 20>,
}

/// At `layers.*.gate`.
#[derive(Clone, Debug, Module)]
pub struct Gate {
    #[param(shape = [1])]
    pub scale: Tensor<Float>,
}

/// A linear layer without a bias; its weight is `[out, in]`.
#[derive(Clone, Debug, Module)]
pub struct Linear<const IN: usize, const OUT: usize> {
    #[param(shape = [OUT, IN])]
    pub weight: Tensor<Float>,
}
