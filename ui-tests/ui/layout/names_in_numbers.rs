//! Numbers of a layout that names decide: what the tokens and the constants in them show.
use weighbridge::{Module, Tensor};

#[derive(Module)]
#[module(args(width))]
struct Words {
    #[param(shape = [4], from = slice(dim = 0, start = "2 * width", of = "a"))]
    text: Tensor<f32>,
    #[param(shape = [4], from = concat(dim = 0, "b": "widht", "c"))]
    near: Tensor<f32>,
    #[param(shape = [4], from = reshape("width" % 2, of = "d"))]
    rest: Tensor<f32>,
}

fn main() {}
