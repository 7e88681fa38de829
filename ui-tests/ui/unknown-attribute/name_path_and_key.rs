use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear {
    #[param(shape = [4], name = "gamma")]
    weight: Tensor<f32>,
    #[param(shape = [4], path = "proj.bias")]
    bias: Tensor<f32>,
    #[param(shape = [4], key("scales"))]
    scale: Tensor<f32>,
    #[module(prefix = "encoder.layer")]
    layers: (),
    #[module(prefix = "")]
    rest: (),
}

fn main() {}
