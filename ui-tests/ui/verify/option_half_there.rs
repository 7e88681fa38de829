use weighbridge::{Module, Tensor, verify};

#[derive(Module)]
struct Adapter {
    #[param(shape = [2, 8])]
    lora_a: Tensor<f32>,
    #[param(shape = [4, 2])]
    lora_b: Tensor<f32>,
}

#[derive(Module)]
struct Linear {
    #[param(shape = [4, 8])]
    weight: Tensor<f32>,
    #[module(flatten)]
    adapter: Option<Adapter>,
}

verify!(Linear, "locks/adapter-half.lock");

fn main() {}
