use weighbridge::{Module, Tensor};

const SIZE: usize = 10;

#[derive(Module)]
struct Linear {
    #[param(shape = [SIZE / 16])]
    weight: Tensor<f32>,
}

fn main() {}
