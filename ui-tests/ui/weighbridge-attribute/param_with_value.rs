use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear {
    #[weighbridge(param = "weight", shape = [4])]
    weight: Tensor<f32>,
}

fn main() {}
