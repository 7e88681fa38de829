use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear {
    #[param(shape = [100000000000000000000])]
    weight: Tensor<f32>,
}

fn main() {}
