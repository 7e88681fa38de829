// Loads `extremes.safetensors` strictly: 11 tensors.
// Generated from the names, dtypes and shapes in it, and meant to be edited.

use weighbridge::{Module, Tensor};

/// The whole checkpoint.
#[derive(Clone, Debug, Module)]
pub struct Extremes {
    #[param(shape = [1, 1, 2, 1, 1, 3, 1, 1, 1, 2])]
    pub deep: Tensor<f32>,
    pub empty: Empty,
    #[param(shape = [0, 1_099_511_627_776])]
    pub large: Tensor<f32>,
    #[param(len = 2, shape = [0])]
    pub none: Vec<Tensor<f32>>,
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
    pub d: Linear<7, 5>,
}

/// At `empty.a`.
#[derive(Clone, Debug, Module)]
pub struct A {
    #[param(shape = [0, 3])]
    pub weight: Tensor<f32>,
}

/// At `empty.b`.
#[derive(Clone, Debug, Module)]
pub struct B {
    #[param(shape = [3, 0])]
    pub weight: Tensor<f32>,
}

/// At `empty.c`.
#[derive(Clone, Debug, Module)]
pub struct C {
    #[param(shape = [0, 0])]
    pub weight: Tensor<f32>,
}

/// At `none_below.*`.
#[derive(Clone, Debug, Module)]
pub struct NoneBelow {
    #[param(shape = [0])]
    pub weight: Tensor<f32>,
}

/// At `ones`.
#[derive(Clone, Debug, Module)]
pub struct Ones {
    #[param(shape = [1])]
    pub weight: Tensor<f32>,
}

/// A linear layer without a bias; its weight is `[out, in]`.
#[derive(Clone, Debug, Module)]
pub struct Linear<const IN: usize, const OUT: usize> {
    #[param(shape = [OUT, IN])]
    pub weight: Tensor<f32>,
}
