use weighbridge::{Module, Tensor};

#[derive(Module)]
enum Layer {
    Linear {
        #[param(shape = [3])]
        weight: Tensor<f32>,
    },
    None,
}

#[derive(Module)]
struct Model {
    #[module(flatten)]
    layer: Layer,
    #[param(shape = [3])]
    weight: Tensor<f32>,
}

fn main() {}
