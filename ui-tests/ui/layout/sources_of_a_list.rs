use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Model {
    #[param(shape = [4, 2], from = concat(dim = 0, "a", "b"))]
    weight: Vec<Tensor<f32>>,
}

fn main() {}
