use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear {
    #[param(shape = [4], dtype = half::bf16)]
    weight: Tensor<f32>,
}

fn main() {}
