use weighbridge::verify;
use weighbridge_ui_tests::{Config, Llama};

struct Wide;

impl Config for Wide {
    type Element = half::bf16;
    const BETWEEN: usize = 96;
}

verify!(Llama<Wide>, "fixtures/llama/model.safetensors");

fn main() {}
