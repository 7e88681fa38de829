//! A model with one of everything that a type can leave open.

use std::collections::BTreeMap;

use weighbridge::{Module, Tensor};

/// The model.
#[derive(Module)]
pub(crate) struct Model {
    embed: Embedding,
    layers: Vec<Block>,
    norm: Option<Norm>,
    experts: BTreeMap<String, Linear>,
    #[module(tied = "embed")]
    head: Embedding,
    #[param(shape = ["hidden", 2], from = concat(dim = 1, "a", "b"))]
    joined: Tensor<f32>,
    kind: Kind,
}

#[derive(Module)]
struct Embedding {
    #[param(shape = ["vocab", "hidden"])]
    weight: Tensor<f32>,
}

#[derive(Module)]
#[module(ignore = ["*.inv_freq"])]
struct Block {
    #[module(alias = "attention")]
    attn: Linear,
    #[module(rename = "ln")]
    norm: Norm,
}

#[derive(Module)]
struct Linear {
    #[param(shape = ["hidden", "hidden"], from = transpose)]
    weight: Tensor<f32>,
    #[param(shape = ["hidden"])]
    bias: Option<Tensor<f32>>,
}

#[derive(Module)]
struct Norm {
    #[param(shape = ["hidden"], alias = "gamma")]
    weight: Tensor<f32>,
}

#[derive(Module)]
enum Kind {
    Plain(Norm),
    Wide {
        #[param(shape = [3, _])]
        wide: Tensor<f32>,
    },
}
