use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear {
    #[param(shape = [4, 8], from = concat(axis = 0, "gate..weight", transpos(of = "up")))]
    weight: Tensor<f32>,
}

fn main() {}
