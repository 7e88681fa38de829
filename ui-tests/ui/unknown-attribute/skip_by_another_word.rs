use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Norm {
    #[module(ignore)]
    epsilon: f32,
    #[param(ignore)]
    calls: u64,
    #[module(skip_deserializing)]
    cache: Option<Tensor<f32>>,
    #[module(ignore = ["*.inv_freq"])]
    rope: (),
}

fn main() {}
