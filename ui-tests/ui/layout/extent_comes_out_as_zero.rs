use weighbridge::{Module, Tensor};

const HEADS: usize = 8;
const GROUPS: usize = 16;

#[derive(Module)]
struct Linear {
    #[param(shape = [12, 4], from = concat(dim = 0, "q": 12, "k": { HEADS / GROUPS }))]
    weight: Tensor<f32>,
}

fn main() {}
