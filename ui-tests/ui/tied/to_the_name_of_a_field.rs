use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Model {
    #[param(shape = [4, 2], rename = "wte.weight")]
    embed: Tensor<f32>,
    #[param(shape = [4, 2], tied = "embed")]
    head: Tensor<f32>,
}

fn main() {}
