use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear {
    #[param(shap = [10])]
    weight: Tensor<f32>,
}

#[derive(Module)]
struct Mlp {
    layers: [Linear; 2],
}

fn main() {
    let _ = Mlp::from_weights("weights.npz");
    let _ = Linear::SCHEMA;
}
