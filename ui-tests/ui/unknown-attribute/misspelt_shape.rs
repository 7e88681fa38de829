use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear {
    #[param(shap = [10, 10])]
    weight: Tensor<f32>,
}

fn main() {}
