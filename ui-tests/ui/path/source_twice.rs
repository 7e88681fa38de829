use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear {
    #[param(shape = [4, 8], from = concat(dim = 0, "w", slice(dim = 0, of = "w")))]
    weight: Tensor<f32>,
}

fn main() {}
