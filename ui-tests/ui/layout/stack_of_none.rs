use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Model {
    #[param(shape = [0, 2], from = stack("experts.{}.weight"))]
    experts: Tensor<f32>,
}

fn main() {}
