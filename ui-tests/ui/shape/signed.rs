use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear {
    #[param(shape = [10i32])]
    weight: Tensor<f32>,
}

fn main() {}
