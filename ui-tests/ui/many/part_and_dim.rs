use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear {
    #[param(shape = [4, 8], from = concat("gate..weight", "up"))]
    weight: Tensor<f32>,
}

fn main() {}
