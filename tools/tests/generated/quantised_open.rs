// Loads `ct-int4.safetensors` strictly: 4 tensors.
// Generated from the names, dtypes and shapes in it, and meant to be edited.

use half::bf16;
use weighbridge::{Module, Tensor};

/// The dtype of the floats.
pub type Float = bf16;

pub const DIM_32: usize = 32;
pub const CLASSES: usize = 8;

/// The whole checkpoint.
#[derive(Clone, Debug, Module)]
pub struct Open {
    pub proj: Proj,
    pub head: Linear<DIM_32, CLASSES>,
}

/// At `proj`. Packed integers of compressed-tensors; the configuration says how many bits.
#[derive(Clone, Debug, Module)]
pub struct Proj {
    #[param(shape = [DIM_32, 8])]
    pub weight_packed: Tensor<i32>,
    #[param(shape = [DIM_32, 2])]
    pub weight_scale: Tensor<Float>,
    #[param(shape = [2])]
    pub weight_shape: Tensor<i64>,
}

/// A linear layer without a bias; its weight is `[out, in]`.
#[derive(Clone, Debug, Module)]
pub struct Linear<const IN: usize, const OUT: usize> {
    #[param(shape = [OUT, IN])]
    pub weight: Tensor<Float>,
}
