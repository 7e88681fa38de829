use weighbridge::{Module, Tensor};

const SIZE: u32 = 10;

#[derive(Module)]
struct Linear {
    #[param(shape = [SIZE])]
    weight: Tensor<f32>,
}

fn main() {}
