use weighbridge::{Module, Tensor};

const HEADS: usize = 0;

#[derive(Module)]
struct Linear {
    #[param(shape = [16 / HEADS])]
    weight: Tensor<f32>,
}

fn main() {}
