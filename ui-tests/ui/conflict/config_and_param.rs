use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Norm {
    #[param(shape = [2])]
    #[module(config)]
    weight: Tensor<f32>,
}

fn main() {}
