use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear {
    #[weighbridge(param, shape = [4], colour = "red")]
    weight: Tensor<f32>,
}

fn main() {}
