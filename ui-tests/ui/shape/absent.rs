use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear {
    #[param]
    weight: Tensor<f32>,
}

fn main() {}
