use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear {
    #[weighbridge(param, shape = [4], param)]
    weight: Tensor<f32>,
}

fn main() {}
