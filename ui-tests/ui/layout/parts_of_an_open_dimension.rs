use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Model {
    #[param(shape = [_, 2], from = concat(dim = 0, "a", "b"))]
    weight: Tensor<f32>,
}

fn main() {}
