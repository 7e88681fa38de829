use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Model {
    #[param(shape = [2, 3], from = slice(dim = 0, of = stack("experts.{}")))]
    weight: Tensor<f32>,
}

fn main() {}
