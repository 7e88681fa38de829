use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear {
    #[weighbridge(parm, shape = [4])]
    weight: Tensor<f32>,
}

fn main() {}
