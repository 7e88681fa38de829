use weighbridge::{Module, Tensor};

#[derive(Module)]
#[module(args(inner = 4 * "dim", dim))]
struct Mlp {
    #[param(shape = ["inner", "dim"])]
    weight: Tensor<f32>,
}

fn main() {}
