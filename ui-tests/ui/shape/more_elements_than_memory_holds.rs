use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear {
    #[param(shape = [usize::MAX, 2])]
    weight: Tensor<f32>,
}

fn main() {}
