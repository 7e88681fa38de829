use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Model {
    #[param(shape = [2], from = reshape(2, 1, 1, 1, 1, 1, 1, 1, 1))]
    weight: Tensor<f32>,
}

fn main() {}
