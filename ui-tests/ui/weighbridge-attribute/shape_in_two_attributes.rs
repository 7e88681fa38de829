use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear {
    #[weighbridge(param, shape = [4])]
    #[weighbridge(shape = [5])]
    weight: Tensor<f32>,
}

fn main() {}
