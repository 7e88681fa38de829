use weighbridge::{Module, Tensor};

#[derive(Module)]
#[module(args(dim, eps, dim))]
struct Norm {
    #[param(shape = ["dim"])]
    weight: Tensor<f32>,
}

#[derive(Module)]
#[module(args(dim))]
struct Other {
    #[param(shape = ["dim"])]
    weight: Tensor<f32>,
}

#[derive(Module)]
struct Model(#[module(args(dim = 3, dim = 4))] Other);

fn main() {}
