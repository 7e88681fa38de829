use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Norm {
    #[param(shape = [2])]
    weight: Tensor<f32>,
}

#[derive(Module)]
struct Tuple {
    #[module(rename = "norm_{}")]
    norms: (Norm, Norm),
}

fn main() {}
