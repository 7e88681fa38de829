use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear {
    #[weighbridge(param, rename_all = "camelCase")]
    weight: Tensor<f32>,
}

fn main() {}
