use weighbridge::{Module, Tensor};

#[derive(Module)]
#[module(verify)]
struct Fused {
    #[param(shape = [24, 8], rename = "qkv.weight")]
    qkv: Tensor<f32>,
}

#[derive(Module)]
#[module(verify = lock)]
struct Other {
    #[param(shape = [24, 8], rename = "qkv.weight")]
    qkv: Tensor<f32>,
}

fn main() {}
