use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Model {
    #[param(shape = [4, 2], from = slice(dim = 0, of = "fused", start = 4, len = 5))]
    weight: Tensor<f32>,
}

fn main() {}
