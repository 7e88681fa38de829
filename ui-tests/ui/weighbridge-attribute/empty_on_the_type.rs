use weighbridge::{Module, Tensor};

#[derive(Module)]
#[weighbridge]
struct Linear {
    #[weighbridge(param, shape = [4])]
    weight: Tensor<f32>,
}

fn main() {}
