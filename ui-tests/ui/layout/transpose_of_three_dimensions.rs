use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear {
    #[param(shape = [4, 8, 2], from = transpose)]
    weight: Tensor<f32>,
}

fn main() {}
