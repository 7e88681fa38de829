//! What the constants of a layout show, whatever the names in it are.
use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Joined {
    #[param(shape = [8], from = concat(dim = 0, "a": 9, "b": "n"))]
    both: Tensor<f32>,
}

#[derive(Module)]
struct Seen {
    #[param(shape = [_, 2], from = reshape("n", of = "c"))]
    seen: Tensor<f32>,
}

fn main() {}
