use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear {
    #[weighbridge()]
    weight: Tensor<f32>,
}

fn main() {}
