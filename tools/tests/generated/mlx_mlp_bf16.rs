// Loads `mlp-bf16.safetensors` strictly: 7 tensors.
// Generated from the names, dtypes and shapes in it, and meant to be edited.

use half::bf16;
use weighbridge::{Module, Tensor};

/// The dtype of the floats.
pub type Float = bf16;

pub const HIDDEN: usize = 16;

/// The whole checkpoint.
#[derive(Clone, Debug, Module)]
pub struct Mlp {
    pub layers: (Linear<8, HIDDEN>, Linear<HIDDEN, HIDDEN>, Linear<HIDDEN, 4>),
    pub norm: Norm,
}

/// A linear layer; its weight is `[out, in]`.
#[derive(Clone, Debug, Module)]
pub struct Linear<const IN: usize, const OUT: usize> {
    #[param(shape = [OUT, IN])]
    pub weight: Tensor<Float>,
    #[param(shape = [OUT])]
    pub bias: Tensor<Float>,
}

/// A normalisation with a scale.
#[derive(Clone, Debug, Module)]
pub struct Norm {
    #[param(shape = [HIDDEN])]
    pub weight: Tensor<Float>,
}
