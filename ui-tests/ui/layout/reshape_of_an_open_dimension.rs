use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Model {
    #[param(shape = [2, _], from = reshape(2, 3))]
    weight: Tensor<f32>,
}

fn main() {}
