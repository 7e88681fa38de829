use weighbridge::{Module, Tensor};

#[derive(Module)]
enum Layer {
    Linear {
        #[param(shape = [3])]
        weight: Tensor<f32>,
    },
}

#[derive(Module)]
struct Model {
    #[param(shape = [3], tied = "layer.weight")]
    head: Tensor<f32>,
    layer: Layer,
}

fn main() {}
