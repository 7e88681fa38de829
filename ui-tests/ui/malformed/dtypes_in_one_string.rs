use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear {
    #[param(shape = [4], dtype = "F32 | BF16")]
    q: Tensor<f32>,
    #[param(shape = [4], dtype = "F32" | "BF16")]
    k: Tensor<f32>,
    #[param(shape = [4], dtype = "float32, bfloat16")]
    v: Tensor<f32>,
}

fn main() {}
