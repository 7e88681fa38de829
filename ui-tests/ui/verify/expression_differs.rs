use weighbridge::{Module, Tensor, verify};

#[derive(Module)]
struct Model {
    #[param(shape = ["vocab", 32], rename = "embed.weight")]
    embed: Tensor<f32>,
    #[param(shape = [2 * "vocab", 8 * "heads"], rename = "head.weight")]
    head: Tensor<f32>,
}

verify!(Model, "locks/two-vocabs.lock");

fn main() {}
