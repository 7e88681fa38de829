use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Model {
    #[param(shape = [3], dtype = "U8", tied = "embed")]
    head: Tensor<f32>,
    #[param(shape = [3], dtype = "U8")]
    embed: Tensor<u8>,
}

fn main() {}
