use weighbridge::{Module, Tensor};

#[derive(Module)]
#[module(args(dim))]
struct Norm(#[param(shape = ["dim"])] Tensor<f32>);

#[derive(Module)]
struct Plain(#[param(shape = [3])] Tensor<f32>);

#[derive(Module)]
struct Gives<T: Module>(#[module(args(dim = 3))] T);

#[derive(Module)]
struct GivesNothing<T: Module>(T);

#[derive(Module)]
struct Right(Gives<Norm>, GivesNothing<Plain>);

#[derive(Module)]
struct Unknown(Gives<Plain>);

#[derive(Module)]
struct Missing(GivesNothing<Norm>);

fn main() {}
