use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Norm {
    #[param(shape = [4], default)]
    weight: Tensor<f32>,
    #[param(default = 1.0)]
    scale: f32,
    #[module(default = 1e-5)]
    epsilon: f32,
    #[param(shape = [4], default)]
    bias: Option<Tensor<f32>>,
}

fn main() {}
