use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Model {
    #[param(shape = [4, 2], from = stack("expert{}.weight"))]
    experts: Tensor<f32>,
}

fn main() {}
