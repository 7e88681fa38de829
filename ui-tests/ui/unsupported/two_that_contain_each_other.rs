use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Left {
    #[param(shape = [4])]
    weight: Tensor<f32>,
    right: Vec<Right>,
}

#[derive(Module)]
struct Right {
    left: Option<Box<Left>>,
}

fn main() {}
