use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear {
    #[param(shape = [true])]
    weight: Tensor<f32>,
}

fn main() {}
