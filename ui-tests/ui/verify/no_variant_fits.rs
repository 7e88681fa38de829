use weighbridge::{Module, Tensor, verify};

#[derive(Module)]
enum Attention {
    Apart {
        #[param(shape = [8, 8], rename = "q.weight")]
        q: Tensor<f32>,
        #[param(shape = [8, 8], rename = "k.weight")]
        k: Tensor<f32>,
        #[param(shape = [8, 8], rename = "v.weight")]
        v: Tensor<f32>,
    },
    Fused {
        #[param(shape = [24, 8], rename = "qkv.weight")]
        qkv: Tensor<f32>,
    },
}

verify!(Attention, "locks/q-v.lock");

fn main() {}
