use weighbridge::{Module, Tensor};

#[derive(Module)]
#[module(verify = "fused.weights.lock")]
struct Fused {
    #[param(shape = [24, 8], rename = "qkv.weight")]
    qkv: Tensor<f32>,
}

fn main() {
    let _ = Fused::from_weights("weights.npz");
}
