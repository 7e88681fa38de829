use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear {
    #[param(shape = [4, 8], from = stack(stack("layers.{}")))]
    weight: Tensor<f32>,
}

fn main() {}
