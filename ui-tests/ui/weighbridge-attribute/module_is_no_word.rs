use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear {
    #[weighbridge(module, rename = "norm")]
    weight: Tensor<f32>,
}

fn main() {}
