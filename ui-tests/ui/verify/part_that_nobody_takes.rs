use weighbridge::{Module, Tensor, verify};

#[derive(Module)]
struct Attention {
    #[param(shape = [8, 8], from = slice(dim = 0, of = "qkv.weight"))]
    q: Tensor<f32>,
    #[param(shape = [8, 8], from = slice(dim = 0, of = "qkv.weight", start = 16))]
    v: Tensor<f32>,
}

verify!(Attention, "locks/qkv.lock");

fn main() {}
