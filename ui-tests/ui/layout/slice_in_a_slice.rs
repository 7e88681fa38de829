use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Model {
    #[param(shape = [4, 2], from = slice(dim = 0, of = slice(dim = 1, of = "fused")))]
    weight: Tensor<f32>,
}

fn main() {}
