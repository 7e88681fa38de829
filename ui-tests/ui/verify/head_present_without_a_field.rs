use weighbridge::{Module, verify};
use weighbridge_ui_tests::{Body, Small};

#[derive(Module)]
struct Headless {
    model: Body<Small>,
}

verify!(Headless, "locks/llama.lock");

fn main() {}
