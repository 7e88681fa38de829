use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Model {
    #[param(shape = [_, 2], from = slice(dim = 0, of = "fused"))]
    weight: Tensor<f32>,
}

fn main() {}
