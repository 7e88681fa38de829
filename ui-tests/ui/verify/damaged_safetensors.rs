use weighbridge::{Module, Tensor, verify};

#[derive(Module)]
struct Linear {
    #[param(shape = [10, 10])]
    weight: Tensor<f32>,
    #[param(shape = [10])]
    bias: Tensor<f32>,
}

verify!(Linear, "locks/cut.safetensors");

fn main() {}
