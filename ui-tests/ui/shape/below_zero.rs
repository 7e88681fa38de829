use weighbridge::{Module, Tensor};

const SIZE: usize = 10;

#[derive(Module)]
struct Linear {
    #[param(shape = [SIZE - 11])]
    weight: Tensor<f32>,
}

fn main() {}
