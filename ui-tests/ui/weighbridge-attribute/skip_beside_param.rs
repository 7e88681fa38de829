use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear {
    #[weighbridge(param, skip)]
    weight: Tensor<f32>,
}

fn main() {}
