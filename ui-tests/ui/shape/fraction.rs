use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear {
    #[param(shape = [10.0])]
    weight: Tensor<f32>,
}

fn main() {}
