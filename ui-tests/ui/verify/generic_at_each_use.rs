use weighbridge::verify;
use weighbridge_ui_tests::{Config, Llama, Small};

struct Big;

impl Config for Big {
    type Element = half::bf16;
    const HIDDEN: usize = 64;
}

verify!(Llama<Small>, "locks/llama.lock");
verify!(Llama<Big>, "locks/llama.lock");

fn main() {}
