use weighbridge::{Module, Tensor};

#[derive(Module)]
#[module(verify = "locks/qkv.lock")]
struct Fused<const WIDTH: usize> {
    #[param(shape = [3 * WIDTH, 8], rename = "qkv.weight")]
    qkv: Tensor<f32>,
}

fn main() {
    let _ = Fused::<8>::from_weights("weights.npz");
    let _ = Fused::<10>::from_weights("weights.npz");
}
