use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear {
    #[param(shape = [4, 8], tied = "w", alias = "w")]
    weight: Tensor<f32>,
}

fn main() {}
