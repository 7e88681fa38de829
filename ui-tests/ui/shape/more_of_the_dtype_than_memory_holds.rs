use weighbridge::{AnyTensor, Module};

const SIZE: usize = 1 << 61;

#[derive(Module)]
struct Linear {
    #[param(shape = [SIZE], dtype = "F64")]
    weight: AnyTensor,
}

fn main() {}
