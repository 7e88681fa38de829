use weighbridge::{DType, Module, Tensor};

const HALF: DType = DType::F16;

#[derive(Module)]
struct Linear {
    #[param(shape = [4], dtype = HALF)]
    weight: Tensor<f32>,
}

fn main() {}
