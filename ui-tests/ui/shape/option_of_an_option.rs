use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Model {
    #[param(shape = [4])]
    bias: Option<Option<Tensor<f32>>>,
}

fn main() {}
