// Loads `linear.safetensors` strictly: 2 tensors.
// Generated from the names, dtypes and shapes in it, and meant to be edited.

use weighbridge::{Module, Tensor};

/// The dtype of the floats.
pub type Float = f32;

/// The whole checkpoint.
#[derive(Clone, Debug, Module)]
pub struct Linear {
    #[param(shape = [10, 10])]
    pub weight: Tensor<Float>,
    #[param(shape = [10])]
    pub bias: Tensor<Float>,
}
