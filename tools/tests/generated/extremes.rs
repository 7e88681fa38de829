// Loads `extremes.safetensors` strictly: 11 tensors.
// Generated from the names, dtypes and shapes in it, and meant to be edited.

use weighbridge::{Module, Tensor};

/// The dtype of the floats.
pub type Float = f32;

/// The whole checkpoint.
#[derive(Clone, Debug, Module)]
pub struct Extremes {
    #[param(shape = [1, 1, 2, 1, 1, 3, 1, 1, 1, 2])]
    pub deep: Tensor<Float>,
    pub empty: Empty,
    #[param(shape = [0, 1_099_511_627_776])]
    pub large: Tensor<Float>,
    #[param(len = 2, shape = [0])]
    pub none: Vec<Tensor<Float>>,
    #[module(len = 2)]
    pub none_below: Vec<NoneBelow>,
    pub ones: Ones,
}

/// At `empty`.
#[derive(Clone, Debug, Module)]
pub struct Empty {
    pub a: A,
    pub b: B,
    pub c: C,
    pub d: D,
}

/// At `empty.a`.
#[derive(Clone, Debug, Module)]
pub struct A {
    #[param(shape = [0, 3])]
    pub weight: Tensor<Float>,
}

/// At `empty.b`.
#[derive(Clone, Debug, Module)]
pub struct B {
    #[param(shape = [3, 0])]
    pub weight: Tensor<Float>,
}

/// At `empty.c`.
#[derive(Clone, Debug, Module)]
pub struct C {
    #[param(shape = [0, 0])]
    pub weight: Tensor<Float>,
}

/// At `empty.d`.
#[derive(Clone, Debug, Module)]
pub struct D {
    #[param(shape = [5, 7])]
    pub weight: Tensor<Float>,
}

/// At `none_below.*`.
#[derive(Clone, Debug, Module)]
pub struct NoneBelow {
    #[param(shape = [0])]
    pub weight: Tensor<Float>,
}

/// At `ones`.
#[derive(Clone, Debug, Module)]
pub struct Ones {
    #[param(shape = [1])]
    pub weight: Tensor<Float>,
}
