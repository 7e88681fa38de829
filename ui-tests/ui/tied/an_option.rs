use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Model {
    #[param(shape = [4, 2], tied = "embed")]
    head: Option<Tensor<f32>>,
    #[param(shape = [4, 2])]
    embed: Tensor<f32>,
}

fn main() {}
