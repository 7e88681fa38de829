use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Tied {
    #[param(shape = [2], tied = "embed")]
    head: Tensor<f32>,
    #[param(shape = [2])]
    embed: Tensor<f32>,
}

#[derive(Module)]
struct Model {
    #[module(tied = "shared")]
    tied: Tied,
    shared: Tied,
}

fn main() {}
