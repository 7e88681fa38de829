use weighbridge::{Module, verify};
use weighbridge_ui_tests::{Llama, Small};

#[derive(Module)]
struct Wrapper {
    language_model: Llama<Small>,
}

verify!(Wrapper, "locks/llama.lock");

fn main() {}
