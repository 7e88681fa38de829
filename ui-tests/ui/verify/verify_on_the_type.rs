use weighbridge::{Module, Tensor};

#[derive(Module)]
#[module(verify = "locks/qkv.lock")]
struct Fused {
    #[param(shape = [32, 8], rename = "qkv.weight")]
    qkv: Tensor<f32>,
}

fn main() {}
