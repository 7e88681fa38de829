use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear {
    #[param(shape = [12, 4], from = concat(dim = 0, "q": 8, "k": 4, "v"))]
    weight: Tensor<f32>,
}

fn main() {}
