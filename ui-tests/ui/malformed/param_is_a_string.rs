use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear {
    #[param = "weight"]
    weight: Tensor<f32>,
}

fn main() {}
