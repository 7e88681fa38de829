use weighbridge::{Module, Tensor};

struct Norm;

#[derive(Module)]
#[module(remote = Norm)]
struct NormParts {
    #[param(shape = [4])]
    weight: Tensor<f32>,
}

fn main() {}
