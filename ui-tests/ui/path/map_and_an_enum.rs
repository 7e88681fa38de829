use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Norm {
    #[param(shape = [2])]
    weight: Tensor<f32>,
}

#[derive(Module)]
enum Maybe {
    Nothing,
    Norm(Norm),
}

#[derive(Module)]
struct Model {
    norms: std::collections::HashMap<String, Norm>,
    #[module(rename = "norms.extra")]
    extra: Maybe,
}

fn main() {}
