use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Norm {
    #[weighbridge(param, shape = [4], optional)]
    weight: Tensor<f32>,
    #[weighbridge(param, default = 1.0)]
    scale: f32,
    #[weighbridge(ignore)]
    epsilon: f32,
    #[weighbridge(param, shape = [4, 4], transpose)]
    out: Tensor<f32>,
}

fn main() {}
