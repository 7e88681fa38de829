use weighbridge::{Module, Tensor};

const HEADS: usize = 8;
const GROUPS: usize = 16;

#[derive(Module)]
struct Linear {
    #[param(shape = [_, 4], from = slice(dim = 0, of = "qkv", len = { HEADS / GROUPS }))]
    weight: Tensor<f32>,
}

fn main() {}
