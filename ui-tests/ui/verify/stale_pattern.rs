use weighbridge::{Module, Tensor, verify};

#[derive(Module)]
#[module(ignore = ["*.inv_freq"])]
struct Linear {
    #[param(shape = [10, 12])]
    weight: Tensor<f32>,
    #[param(shape = [10])]
    bias: Tensor<f32>,
}

verify!(Linear, "fixtures/mlx/linear.safetensors");

fn main() {}
