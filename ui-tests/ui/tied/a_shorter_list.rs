use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear {
    #[param(shape = [3])]
    weight: Tensor<f32>,
}

#[derive(Module)]
struct Model {
    #[module(tied = "layers")]
    copies: [Linear; 2],
    layers: [Linear; 3],
}

fn main() {}
