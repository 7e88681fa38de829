use weighbridge::verify;
use weighbridge_ui_tests::{Config, Llama};

struct Single;

impl Config for Single {
    type Element = f32;
}

verify!(Llama<Single>, "fixtures/llama");

fn main() {}
