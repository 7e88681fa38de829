use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear {
    #[param(shape = [4, 4], from = "permute(1, 0)")]
    q: Tensor<f32>,
    #[param(shape = [4, 4], from = "T")]
    k: Tensor<f32>,
    #[param(shape = [4, 4], from = T)]
    v: Tensor<f32>,
    #[param(shape = [4, 4], from = "slice(dim = 0, of = \"qkv\")")]
    out: Tensor<f32>,
}

fn main() {}
