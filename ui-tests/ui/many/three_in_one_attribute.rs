use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear {
    #[param(shape = [-1, 3 +], dtype = "f32", name = "w")]
    weight: Tensor<f32>,
}

fn main() {}
