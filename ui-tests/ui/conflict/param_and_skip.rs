use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear {
    #[param(shape = [4])]
    #[module(skip)]
    weight: Tensor<f32>,
}

fn main() {}
