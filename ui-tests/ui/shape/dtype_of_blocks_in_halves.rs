use half::f16;
use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear {
    #[param(shape = [256], dtype = ["F16", "Q4_K"])]
    weight: Tensor<f16>,
}

fn main() {}
