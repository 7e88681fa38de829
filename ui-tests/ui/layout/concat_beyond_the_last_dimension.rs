use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Model {
    #[param(shape = [4, 2], from = concat(dim = 2, "a", "b"))]
    weight: Tensor<f32>,
}

fn main() {}
