use weighbridge::{Module, Tensor};

const SIZE: usize = 1 << 61;

#[derive(Module)]
struct Linear {
    #[param(shape = [SIZE, _, "heads"])]
    weight: Tensor<f32>,
}

fn main() {}
