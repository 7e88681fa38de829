use weighbridge::{Module, Tensor};

type T = Tensor<f32>;

#[derive(Module)]
struct Linear {
    #[param(shape = [4])]
    weights: (T, T, T, T, T, T, T, T, T, T, T, T, T),
}

fn main() {}
