use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear<const N: usize> {
    #[param(shape = [N, 2])]
    weight: Tensor<f32>,
}

#[derive(Module)]
struct Model {
    #[module(tied = "embed")]
    head: Linear<5>,
    embed: Linear<4>,
}

fn main() {}
