use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear {
    #[param(10)]
    weight: Tensor<f32>,
}

fn main() {}
