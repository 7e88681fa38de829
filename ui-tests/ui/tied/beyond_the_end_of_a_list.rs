use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear {
    #[param(shape = [3])]
    weight: Tensor<f32>,
}

#[derive(Module)]
struct Model {
    #[param(shape = [3], tied = "layers.2.weight")]
    head: Tensor<f32>,
    layers: [Linear; 2],
}

fn main() {}
