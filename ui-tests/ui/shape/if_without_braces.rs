use weighbridge::{Module, Tensor};

const BIG: bool = false;

#[derive(Module)]
struct Linear {
    #[param(shape = [if BIG { 20 } else { 10 }])]
    weight: Tensor<f32>,
}

fn main() {}
