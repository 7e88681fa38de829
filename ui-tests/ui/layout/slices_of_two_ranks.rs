use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Model {
    #[param(shape = [2, 3], from = slice(dim = 0, of = "fused"))]
    head: Tensor<f32>,
    #[param(shape = [2], from = slice(dim = 0, start = 2, of = "fused"))]
    embed: Tensor<f32>,
}

fn main() {}
