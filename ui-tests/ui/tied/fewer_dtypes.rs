use weighbridge::{AnyTensor, Module};

#[derive(Module)]
struct Model {
    #[param(shape = [3], dtype = "F32", tied = "embed")]
    head: AnyTensor,
    #[param(shape = [3], dtype = ["F32", "F16"])]
    embed: AnyTensor,
}

fn main() {}
