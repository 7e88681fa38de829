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
struct Wrong(#[module(args(dim = "hidden", eps = 1e-5))] Norm);

#[derive(Module)]
struct Right(#[module(args(dim = "hidden"), with(eps = 1e-5))] Norm);

fn main() {}
