use std::collections::BTreeMap;

use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear {
    #[param(shape = [3])]
    weight: Tensor<f32>,
}

#[derive(Module)]
struct Model {
    #[param(shape = [3], tied = "layers.a.weight")]
    head: Tensor<f32>,
    layers: BTreeMap<String, Linear>,
}

fn main() {}
