use weighbridge::{Module, Tensor};

#[derive(Module)]
#[module(verify = "locks/qkv.lock")]
struct Fused {
    #[param(shape = [32, 8], raname = "qkv.weight")]
    qkv: Tensor<f32>,
}

weighbridge::verify!(Fused, "locks/qkv.lock");

fn main() {}
