use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Model {
    #[param(shape = [4, 2], tied = "embed.0")]
    head: Tensor<f32>,
    #[param(shape = [4, 2])]
    embed: Vec<Tensor<f32>>,
}

fn main() {}
