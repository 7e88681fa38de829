use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear {
    #[param(shape = [4], rename = layers.0.weight)]
    weight: Tensor<f32>,
}

fn main() {}
