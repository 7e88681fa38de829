use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear {
    #[param(shape = [4, 8], from = reshape())]
    weight: Tensor<f32>,
}

fn main() {}
