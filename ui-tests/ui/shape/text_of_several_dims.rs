use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear {
    #[param(shape = "2, 3")]
    q: Tensor<f32>,
    #[param(shape = "[2, 3]")]
    k: Tensor<f32>,
    #[param(shape = ["2, 3"])]
    v: Tensor<f32>,
    #[param(shape = ["_", "-1"])]
    out: Tensor<f32>,
}

fn main() {}
