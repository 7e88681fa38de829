use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear {
    #[param(shape = [4, 2])]
    weight: Tensor<f32>,
    #[param(shape = [4])]
    bias: Tensor<f32>,
}

#[derive(Module)]
struct Embedding(#[param(shape = [4, 2], rename = "weight")] Tensor<f32>);

#[derive(Module)]
struct Model {
    #[module(tied = "embed")]
    head: Linear,
    embed: Embedding,
}

fn main() {}
