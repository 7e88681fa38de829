use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Model {
    #[param(shape = [4, 2], rename = "a.embed")]
    embed_in: Tensor<f32>,
    #[param(shape = [4, 2], tied = "embed_in")]
    head: Tensor<f32>,
    #[module(config)]
    heads: usize,
}

fn main() {}
