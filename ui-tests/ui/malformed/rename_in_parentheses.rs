use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear {
    #[param(shape = [4], rename("gamma"))]
    weight: Tensor<f32>,
}

fn main() {}
