use weighbridge::{Module, Tensor};

#[derive(Module)]
#[module(args(dim, eps))]
struct Norm {
    #[param(shape = ["dim"])]
    weight: Tensor<f32>,
    #[module(config)]
    eps: f64,
}

const EPS: f64 = 1e-5;

#[derive(Module)]
struct Model {
    #[module(args(dim = 4, eps = "eps"), with(eps = 1e-5))]
    twice: Norm,
    #[module(args(dim = 4), with(eps = EPS))]
    constant: Norm,
    #[module(args(dim = 4), with(eps, eps = 1.0))]
    without: Norm,
}

fn main() {}
