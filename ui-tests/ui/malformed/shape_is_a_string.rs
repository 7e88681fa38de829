use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear {
    #[param(shape = "out, in")]
    weight: Tensor<f32>,
}

fn main() {}
