use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Model {
    #[param(shape = ["rows", 2], from = concat(dim = 0, "a": usize::MAX, "b": 1))]
    joined: Tensor<f32>,
}

fn main() {}
