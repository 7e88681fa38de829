use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Model {
    body: Body,
    #[param(shape = [4, 2], tied = "body.embed_token.wieght")]
    head: Tensor<f32>,
}

#[derive(Module)]
struct Body {
    embed_tokens: Embedding,
}

#[derive(Module)]
struct Embedding {
    #[param(shape = [4, 2])]
    weight: Tensor<f32>,
}

fn main() {}
