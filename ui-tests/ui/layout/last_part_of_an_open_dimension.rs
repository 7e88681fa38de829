use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Model {
    #[param(shape = [_, 3], from = concat(dim = 0, "a": 2, "b"))]
    weight: Tensor<f32>,
}

fn main() {}
