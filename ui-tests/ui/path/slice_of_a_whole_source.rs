use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Attention {
    #[param(shape = [4, 4], from = transpose(of = "qkv"))]
    q: Tensor<f32>,
    #[param(shape = [8, 4], from = slice(dim = 0, of = "qkv", start = 4))]
    kv: Tensor<f32>,
}

fn main() {}
