use weighbridge::{Module, Tensor};

const OUT: usize = 0;

#[derive(Module)]
struct Linear {
    #[param(shape = [OUT, (0), 0usize])]
    weight: Tensor<f32>,
}

fn main() {}
