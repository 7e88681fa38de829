use weighbridge::{Module, Tensor, verify};

#[derive(Module)]
struct Attention {
    #[param(shape = [24, 8], from = concat(dim = 0, "q.weight", "k.weight", "v.weight"))]
    qkv: Tensor<f32>,
}

verify!(Attention, "locks/q-v.lock");

fn main() {}
