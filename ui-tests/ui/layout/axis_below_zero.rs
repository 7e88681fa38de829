use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear {
    #[param(shape = [4, 8], from = permute(0, -1))]
    weight: Tensor<f32>,
}

fn main() {}
