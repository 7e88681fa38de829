use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Model {
    #[param(shape = [7, 2], from = concat(dim = 0, "a", "b"))]
    weight: Tensor<f32>,
}

fn main() {}
