// Loads `nested.safetensors` strictly: 33 tensors.
// Generated from the names, dtypes and shapes in it, and meant to be edited.

use weighbridge::{Module, Tensor};

/// The dtype of the floats.
pub type Float = f32;

/// The whole checkpoint.
#[derive(Clone, Debug, Module)]
pub struct Nested {
    pub deep: DeepWithList,
    pub blocks: (Block, Block2, Block3),
}

/// At `deep`.
#[derive(Clone, Debug, Module)]
pub struct DeepWithList {
    #[module(rename = "0")]
    pub deep_0: (Deep, DeepWithX),
    #[module(rename = "1")]
    pub deep_1: (Deep2, DeepWithX),
    #[module(rename = "2")]
    pub deep_2: (Deep, DeepWithX),
    #[module(rename = "3")]
    pub deep_3: (Deep2, DeepWithX),
}

/// At `deep.*.*`.
#[derive(Clone, Debug, Module)]
pub struct Deep {
    #[module(len = 2)]
    pub list: Vec<List>,
}

/// At `deep.*.*.list.*`.
#[derive(Clone, Debug, Module)]
pub struct List {
    pub x: ListX,
}

/// At `deep.*.*.list.*.x`.
#[derive(Clone, Debug, Module)]
pub struct ListX {
    #[param(shape = [3, 3])]
    pub weight: Tensor<Float>,
}

/// At `deep.*.*`.
#[derive(Clone, Debug, Module)]
pub struct DeepWithX {
    pub x: DeepX,
}

/// At `deep.*.*.x`.
#[derive(Clone, Debug, Module)]
pub struct DeepX {
    #[param(shape = [3])]
    pub bias: Tensor<Float>,
}

/// At `deep.*.*`.
#[derive(Clone, Debug, Module)]
pub struct Deep2 {
    pub list: (List, (), List),
}

/// At `blocks.*`.
#[derive(Clone, Debug, Module)]
pub struct Block {
    pub shared: Shared<4>,
    #[param(shape = [2])]
    pub a: Tensor<Float>,
    #[param(shape = [3])]
    pub b: Tensor<Float>,
    #[param(shape = [4])]
    pub c: Tensor<Float>,
    #[param(shape = [5])]
    pub d: Tensor<Float>,
    #[param(shape = [6])]
    pub e: Tensor<Float>,
    #[param(shape = [7])]
    pub f: Tensor<Float>,
}

/// At `blocks.*.shared`.
#[derive(Clone, Debug, Module)]
pub struct Shared<const IN: usize> {
    pub proj: Linear<IN, 5>,
}

/// At `blocks.*`.
#[derive(Clone, Debug, Module)]
pub struct Block2 {
    pub shared: Shared<5>,
    #[param(shape = [3])]
    pub a: Tensor<Float>,
    #[param(shape = [5])]
    pub b: Tensor<Float>,
    #[param(shape = [7])]
    pub c: Tensor<Float>,
    #[param(shape = [9])]
    pub d: Tensor<Float>,
    #[param(shape = [11])]
    pub e: Tensor<Float>,
    #[param(shape = [13])]
    pub f: Tensor<Float>,
}

/// At `blocks.*`.
#[derive(Clone, Debug, Module)]
pub struct Block3 {
    pub shared: Shared<6>,
    #[param(shape = [4])]
    pub a: Tensor<Float>,
    #[param(shape = [7])]
    pub b: Tensor<Float>,
    #[param(shape = [10])]
    pub c: Tensor<Float>,
    #[param(shape = [13])]
    pub d: Tensor<Float>,
    #[param(shape = [16])]
    pub e: Tensor<Float>,
    #[param(shape = [19])]
    pub f: Tensor<Float>,
}

/// A linear layer without a bias; its weight is `[out, in]`.
#[derive(Clone, Debug, Module)]
pub struct Linear<const IN: usize, const OUT: usize> {
    #[param(shape = [OUT, IN])]
    pub weight: Tensor<Float>,
}
