use weighbridge::verify;
use weighbridge_ui_tests::{Config, Llama};

struct Deep;

impl Config for Deep {
    type Element = f32;
    const LAYERS: usize = 4;
}

verify!(Llama<Deep>, "fixtures/llama-sharded/model.safetensors.index.json");

fn main() {}
