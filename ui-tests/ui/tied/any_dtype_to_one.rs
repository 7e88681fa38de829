use weighbridge::{AnyTensor, Module, Tensor};

#[derive(Module)]
struct Model {
    #[param(shape = [2], dtype = ["F32", "BF16"], tied = "embed")]
    head: AnyTensor,
    #[param(shape = [2], dtype = ["F32", "BF16"])]
    embed: Tensor<f32>,
}

fn main() {}
