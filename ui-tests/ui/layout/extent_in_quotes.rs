use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear {
    #[param(shape = [4, 8], from = concat(dim = 0, "gate": "4", "up"))]
    weight: Tensor<f32>,
}

fn main() {}
