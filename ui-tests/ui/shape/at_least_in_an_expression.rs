//! A dim that may be larger is all of an entry, and no part of a layout.
use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Padded {
    #[param(shape = [2 * at_least("vocab"), 4])]
    inner: Tensor<f32>,
    #[param(shape = [at_least("vocab") + 1])]
    outer: Tensor<f32>,
    #[param(shape = [at_least("vocab"), 4], from = transpose)]
    turned: Tensor<f32>,
}

fn main() {}
