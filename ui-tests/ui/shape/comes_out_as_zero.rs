use weighbridge::{Module, Tensor};

const HIDDEN: usize = 16;
const HEADS: usize = 32;

#[derive(Module)]
struct Linear {
    #[param(shape = [HIDDEN, { HIDDEN / HEADS }])]
    weight: Tensor<f32>,
}

fn main() {}
