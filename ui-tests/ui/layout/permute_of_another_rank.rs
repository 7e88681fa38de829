use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Model {
    #[param(shape = [2, 3], from = permute(0, 2, 1))]
    weight: Tensor<f32>,
}

fn main() {}
