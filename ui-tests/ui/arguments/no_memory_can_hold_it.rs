use weighbridge::{Module, Tensor};

#[derive(Module)]
#[module(args(n))]
struct Square(#[param(shape = ["n", "n"])] Tensor<f32>);

#[derive(Module)]
struct Large(#[module(args(n = 4294967296))] Square);

#[derive(Module)]
#[module(args(n))]
struct Typed(#[param(shape = ["n", _])] [[f32; 3]; 2]);

#[derive(Module)]
struct Contradiction(#[module(args(n = 3))] Typed);

fn main() {}
