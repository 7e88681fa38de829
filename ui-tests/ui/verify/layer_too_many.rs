use weighbridge::verify;
use weighbridge_ui_tests::{Config, Llama};

struct Shallow;

impl Config for Shallow {
    type Element = half::bf16;
    const LAYERS: usize = 2;
}

verify!(Llama<Shallow>, "locks/llama.lock");

fn main() {}
