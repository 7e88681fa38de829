use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear {
    #[param(shape = [4, 4], transpose)]
    q: Tensor<f32>,
    #[param(shape = [4, 4], transpose = true)]
    k: Tensor<f32>,
    #[param(shape = [4, 4], permute(1, 0))]
    v: Tensor<f32>,
    #[param(shape = [4, 4], layout = transpose)]
    out: Tensor<f32>,
}

fn main() {}
