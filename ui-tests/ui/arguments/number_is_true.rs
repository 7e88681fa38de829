use weighbridge::{Module, Tensor};

#[derive(Module)]
#[module(args(dim))]
struct Norm(#[param(shape = ["dim"])] Tensor<f32>);

#[derive(Module)]
struct Constant(#[module(args(dim = true))] Norm);

#[derive(Module)]
struct Computed(#[module(args(dim = "model_type" == "bert"))] Norm);

#[derive(Module)]
struct Own(#[param(shape = [3 * ("a" + "b"), "a" / 0])] Tensor<f32>);

fn main() {}
