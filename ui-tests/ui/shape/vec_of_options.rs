use std::collections::HashMap;

use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Model {
    layers: Vec<Option<Norm>>,
}

#[derive(Module)]
struct Biases {
    #[param(shape = [4])]
    biases: HashMap<String, Vec<Option<Tensor<f32>>>>,
}

#[derive(Module)]
struct Norm {
    #[param(shape = [4])]
    weight: Tensor<f32>,
}

fn main() {}
