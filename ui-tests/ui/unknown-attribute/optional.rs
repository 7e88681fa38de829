use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear {
    #[param(shape = [4], optional)]
    bias: Tensor<f32>,
    #[param(shape = [4], optional = true)]
    scale: Option<Tensor<f32>>,
    #[param(shape = [4], required = false)]
    shift: Tensor<f32>,
    #[param(shape = [4], required)]
    weight: Tensor<f32>,
    #[param(shape = [4], required)]
    gain: Option<Tensor<f32>>,
}

fn main() {}
