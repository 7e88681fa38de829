use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Norm {
    #[param(shape = [2])]
    weight: Tensor<f32>,
}

#[derive(Module)]
struct Model {
    #[param(shape = [4, 2], from = stack("experts.{}.weight"))]
    all: Tensor<f32>,
    experts: [Norm; 4],
}

fn main() {}
