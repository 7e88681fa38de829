use weighbridge::{Module, Tensor};

#[derive(Module)]
#[module(args(dim = -1, eps = 1e-5))]
struct Norm {
    #[param(shape = ["dim"])]
    weight: Tensor<f32>,
}

#[derive(Module)]
struct Model {
    #[module(args(dim = "heads" % 2))]
    a: Norm,
    #[module(args(dim))]
    b: Norm,
    #[module(args)]
    c: Norm,
}

fn main() {}
