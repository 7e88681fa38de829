use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Model {
    #[param(shape = [4, 2], from = slice(dim = 0, of = concat(dim = 1, "a", "b")))]
    weight: Tensor<f32>,
}

fn main() {}
