use weighbridge::{Module, Tensor};

const SIZE: usize = usize::MAX;

#[derive(Module)]
struct Linear {
    #[param(shape = [SIZE * 2])]
    weight: Tensor<f32>,
}

fn main() {}
