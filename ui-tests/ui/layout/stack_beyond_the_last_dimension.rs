use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Model {
    #[param(shape = [2, 3], from = stack(dim = 2, "experts.{}"))]
    weight: Tensor<f32>,
}

fn main() {}
