use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Model {
    #[param(shape = [2, 4], tied = "embed")]
    head: Tensor<f32>,
    #[param(shape = [4, 2])]
    embed: Tensor<f32>,
}

fn main() {}
