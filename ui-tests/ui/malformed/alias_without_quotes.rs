use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear {
    #[param(shape = [4], alias = [gamma, "scale"])]
    weight: Tensor<f32>,
}

fn main() {}
