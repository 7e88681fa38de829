use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Model {
    #[param(shape = [2, 3], from = slice(dim = 0, of = reshape(10, of = "fused")))]
    weight: Tensor<f32>,
}

fn main() {}
