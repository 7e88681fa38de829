use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Model {
    #[param(shape = [2, 3], from = reshape(7))]
    weight: Tensor<f32>,
}

fn main() {}
