use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear {
    #[param(shape = [4, 8], dtype = "F32", from = concat(dim = 0, "gate": 1, "up": 2))]
    weight: Tensor<f32>,
}

fn main() {}
