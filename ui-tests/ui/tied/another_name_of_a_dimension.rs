use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Model {
    #[param(shape = ["rows"], tied = "embed")]
    head: Tensor<f32>,
    #[param(shape = ["columns"])]
    embed: Tensor<f32>,
}

fn main() {}
