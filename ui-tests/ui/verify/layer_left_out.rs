use weighbridge::verify;
use weighbridge_ui_tests::{Llama, Small};

verify!(Llama<Small>, "locks/llama-gap.lock");

fn main() {}
