use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Model {
    #[param(shape = [2, 3], from = slice(dim = 0, of = "fused", start = usize::MAX))]
    weight: Tensor<f32>,
}

fn main() {}
