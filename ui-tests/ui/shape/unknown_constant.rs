use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear {
    #[param(shape = [SIZE])]
    weight: Tensor<f32>,
}

fn main() {}
