use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear {
    #[param(shape = [4, 8, 2], from = permute(1, 0, 1))]
    weight: Tensor<f32>,
}

fn main() {}
