use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Norm {
    #[param(shape = [2])]
    weight: Tensor<f32>,
}

#[derive(Module)]
struct Model {
    #[module(rename = "norm_{}")]
    norm: Norm,
}

#[derive(Module)]
struct Aliased {
    #[param(shape = [2], alias = ["gamma", "gamma_{}"])]
    weight: Tensor<f32>,
}

fn main() {}
