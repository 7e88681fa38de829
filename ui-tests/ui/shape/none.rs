use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear {
    #[param(shape = [None, 4])]
    weight: Tensor<f32>,
}

fn main() {}
