use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Attention {
    #[param(shape = [4, 4])]
    q: Tensor<f32>,
    #[param(shape = [8, 4], from = concat(dim = 0, "q", "v"))]
    kv: Tensor<f32>,
}

fn main() {}
