use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Model {
    #[param(shape = [6], from = concat(dim = 0, reshape(1, 3, of = transpose(of = "a")), "b"))]
    weight: Tensor<f32>,
}

fn main() {}
