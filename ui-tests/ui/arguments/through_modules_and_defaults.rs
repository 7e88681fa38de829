use weighbridge::{Module, Tensor};

#[derive(Module)]
#[module(args(n))]
struct Inner(#[param(shape = ["n" - 4])] Tensor<f32>);

#[derive(Module)]
#[module(args(n, inner = "n" - 4))]
struct Outer(#[module(args(n = "inner" - 4))] Option<[Inner; 2]>);

#[derive(Module)]
struct Model(#[module(args(n = 11))] Outer);

#[derive(Module)]
#[module(args(n = 2))]
enum Either {
    A(#[module(args(n = "n"))] Inner),
    B(#[module(args(n = "n" - 1), rename = "b")] Inner),
}

#[derive(Module)]
struct OfAnEnum(Either);

fn main() {}
