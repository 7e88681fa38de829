use weighbridge::{Module, Tensor};

const __LOCK: usize = 4;

#[derive(Module)]
struct Linear {
    #[param(shape = [__LOCK, 2])]
    weight: Tensor<f32>,
}

fn main() {}
