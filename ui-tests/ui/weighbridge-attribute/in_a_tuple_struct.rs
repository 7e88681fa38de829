use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Pair(#[weighbridge(param, shape = (4, 4))] Tensor<f32>, #[weighbridge(rename = first)] ());

fn main() {}
