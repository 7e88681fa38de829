use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear {
    #[param(shape = [4, 8], tied = "weight")]
    weight: Tensor<f32>,
}

fn main() {}
