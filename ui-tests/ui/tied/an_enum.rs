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
    #[module(tied = "layer")]
    copy: Layer,
    layer: Layer,
}

fn main() {}
