use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear {
    #[param(shap = [10, 10])]
    weight: Tensor<f32>,
    #[param(shape = [10 +])]
    bias: Tensor<f32>,
    #[module(skip, rename = "cache")]
    cache: Vec<f32>,
}

fn main() {}
