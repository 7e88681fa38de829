use weighbridge::{Module, Tensor};

#[derive(Module)]
#[module(args(hidden, inner = 4 * "hiden", qkv_bias = false))]
struct Mlp {
    #[param(shape = ["inenr", "hidden"])]
    weight: Tensor<f32>,
    #[param(shape = ["hidden"], when = "qvk_bias")]
    bias: Option<Tensor<f32>>,
}

fn main() {}
