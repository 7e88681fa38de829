// Loads `stack.safetensors` strictly: 6 tensors.
// Generated from the names, dtypes and shapes in it, and meant to be edited.

use weighbridge::{Module, Tensor};

/// The dtype of the floats.
pub type Float = f32;

pub const HIDDEN: usize = 8;
pub const LAYERS: usize = 3;

/// The whole checkpoint.
#[derive(Clone, Debug, Module)]
pub struct Stack {
    #[module(flatten)]
    pub layers: [Layer; LAYERS],
}

/// At `*`.
#[derive(Clone, Debug, Module)]
pub struct Layer {
    pub attn: Attn,
    pub norm: Norm,
}

/// At `*.attn`.
#[derive(Clone, Debug, Module)]
pub struct Attn {
    pub q_proj: Linear<HIDDEN, HIDDEN>,
}

/// A linear layer without a bias; its weight is `[out, in]`.
#[derive(Clone, Debug, Module)]
pub struct Linear<const IN: usize, const OUT: usize> {
    #[param(shape = [OUT, IN])]
    pub weight: Tensor<Float>,
}

/// A normalisation with a scale.
#[derive(Clone, Debug, Module)]
pub struct Norm {
    #[param(shape = [HIDDEN])]
    pub weight: Tensor<Float>,
}
