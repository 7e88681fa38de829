use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear {
    #[param(shape = "4,4")]
    weight: Tensor<f32>,
}

fn main() {}
