use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Model {
    #[param(shape = [3], rename = "experts.0")]
    head: Tensor<f32>,
    #[param(shape = [2, 3], from = stack("experts.{}"))]
    embed: Tensor<f32>,
}

fn main() {}
