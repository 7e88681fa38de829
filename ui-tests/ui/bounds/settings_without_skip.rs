use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Norm {
    #[param(shape = [4])]
    weight: Tensor<f32>,
    epsilon: f64,
    heads: usize,
    name: String,
    activation: fn(f32) -> f32,
}

fn main() {}
