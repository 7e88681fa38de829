use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Model {
    #[param(shape = [4, 3], from = slice(dim = 0, of = "fused", len = 2))]
    weight: Tensor<f32>,
}

fn main() {}
