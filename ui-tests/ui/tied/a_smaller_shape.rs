use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Model {
    #[param(shape = [3], tied = "embed")]
    head: Tensor<f32>,
    #[param(shape = [4])]
    embed: Tensor<f32>,
}

fn main() {}
