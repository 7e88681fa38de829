use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Model {
    #[param(shape = [4, 2], tied = "embd")]
    head: Tensor<f32>,
    #[param(shape = [4, 2])]
    embed: Tensor<f32>,
}

fn main() {}
