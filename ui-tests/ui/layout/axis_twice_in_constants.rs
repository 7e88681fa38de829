use weighbridge::{Module, Tensor};

const FIRST: usize = 0;

#[derive(Module)]
struct Model {
    #[param(shape = [2, 3], from = permute(FIRST, FIRST))]
    weight: Tensor<f32>,
}

fn main() {}
