use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Model {
    #[param(shape = [4, 2], rename = "embed.weight")]
    embed: Tensor<f32>,
    #[param(shape = [4, 2], tied = "model.embed.weight")]
    head: Tensor<f32>,
}

fn main() {}
