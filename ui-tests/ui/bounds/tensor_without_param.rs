use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear {
    weight: Tensor<f32>,
}

fn main() {}
