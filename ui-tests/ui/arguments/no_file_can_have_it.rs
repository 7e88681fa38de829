use weighbridge::{Module, Tensor};

#[derive(Module)]
#[module(args(n))]
struct Few(#[param(shape = ["n" - 4, 12 / "n"])] Tensor<f32>);

#[derive(Module)]
struct Negative(#[module(args(n = 3))] Few);

#[derive(Module)]
struct Zero(#[module(args(n = 4))] Few);

#[derive(Module)]
struct Inexact(#[module(args(n = 5))] [Few; 2]);

#[derive(Module)]
#[module(args(n))]
struct Many(#[param(shape = [3], len = 6 / "n")] Vec<Tensor<f32>>);

#[derive(Module)]
struct ByZero(#[module(args(n = 0))] Many);

fn main() {}
