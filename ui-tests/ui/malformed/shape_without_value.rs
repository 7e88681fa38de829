use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear {
    #[param(shape)]
    weight: Tensor<f32>,
}

fn main() {}
