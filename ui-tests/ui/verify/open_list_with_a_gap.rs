use weighbridge::{Module, Tensor, verify};
use weighbridge_ui_tests::{Layer, Small};

#[derive(Module)]
struct Body {
    #[param(shape = ["vocab", 32], rename = "embed_tokens.weight")]
    embed: Tensor<half::bf16>,
    layers: Vec<Layer<Small>>,
    #[param(shape = [32], rename = "norm.weight")]
    norm: Tensor<half::bf16>,
}

#[derive(Module)]
#[module(ignore = ["lm_head.*"])]
struct Llama {
    model: Body,
}

verify!(Llama, "locks/llama-gap.lock");

fn main() {}
