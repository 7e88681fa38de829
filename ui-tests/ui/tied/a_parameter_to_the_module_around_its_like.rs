use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Model {
    embed: Embedding,
    #[param(shape = [4, 2], tied = "embed")]
    head: Tensor<f32>,
}

#[derive(Module)]
struct Embedding {
    #[param(shape = [4, 2])]
    weight: Tensor<f32>,
}

fn main() {}
