use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear {
    #[param(shape = [4, 8], from = permute(1, 0, "kernel"))]
    weight: Tensor<f32>,
}

fn main() {}
