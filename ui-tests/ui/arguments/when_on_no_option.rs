use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Parameter(#[param(shape = [3], when = "bias")] Tensor<f32>);

#[derive(Module)]
struct Plain(#[param(shape = [3])] Tensor<f32>);

#[derive(Module)]
struct Modules(#[module(when = "bias")] Vec<Plain>);

fn main() {}
