use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Model {
    body: Body,
    #[param(shape = [4, 2], tied = "embed.weight")]
    head: Tensor<f32>,
}

#[derive(Module)]
struct Body {
    #[param(shape = [4, 2], rename = "embed.weight")]
    embed: Tensor<f32>,
}

fn main() {}
