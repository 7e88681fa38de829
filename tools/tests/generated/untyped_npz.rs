// Loads `untyped_npz.npz` strictly: 3 tensors.
// Generated from the names, dtypes and shapes in it, and meant to be edited.
// The file's untyped elements of two bytes (V2) are taken to be bfloat16.

use half::bf16;
use weighbridge::{AnyTensor, Module, Tensor};

/// The dtype of the floats.
pub type Float = bf16;

/// The whole checkpoint.
#[derive(Clone, Debug, Module)]
pub struct Untyped {
    pub a: A,
    pub b: B,
}

/// At `a`.
#[derive(Clone, Debug, Module)]
pub struct A {
    #[param(shape = [3, 2], dtype = "V1")]
    pub byte: AnyTensor,
    #[param(shape = [3, 2])]
    pub half: Tensor<Float>,
}

/// At `b`.
#[derive(Clone, Debug, Module)]
pub struct B {
    #[param(shape = [3, 2])]
    pub half: Tensor<Float>,
}
