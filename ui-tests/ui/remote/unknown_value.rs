use weighbridge::{Module, Tensor};

#[derive(Module)]
#[module(args(dim, eps))]
struct Norm {
    #[param(shape = ["dim"])]
    weight: Tensor<f32>,
    #[module(config)]
    eps: f64,
}

#[derive(Module)]
struct Model {
    #[module(args(dim = 4), with(epsilon = 1e-5))]
    norm: Norm,
}

fn main() {}
