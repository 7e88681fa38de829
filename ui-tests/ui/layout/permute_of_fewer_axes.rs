use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Model {
    #[param(shape = [2, 3, 4], from = permute(1, 0))]
    weight: Tensor<f32>,
}

fn main() {}
