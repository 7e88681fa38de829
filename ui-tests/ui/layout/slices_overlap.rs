use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Model {
    #[param(shape = [4, 2], from = slice(dim = 0, of = "fused"))]
    q: Tensor<f32>,
    #[param(shape = [4, 2], from = slice(dim = 0, of = "fused", start = 3))]
    k: Tensor<f32>,
}

fn main() {}
