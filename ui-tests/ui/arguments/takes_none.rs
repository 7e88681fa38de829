use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Norm {
    #[param(shape = ["dim"])]
    weight: Tensor<f32>,
}

#[derive(Module)]
struct Model(#[module(args(dim = 3))] Norm);

fn main() {}
