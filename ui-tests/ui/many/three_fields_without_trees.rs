use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear {
    weight: Tensor<f32>,
    name: String,
    size: (usize, usize),
}

fn main() {}
