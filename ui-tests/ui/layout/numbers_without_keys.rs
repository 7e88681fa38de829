use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear {
    #[param(shape = [4, 8], from = slice(0, 4))]
    weight: Tensor<f32>,
}

fn main() {}
