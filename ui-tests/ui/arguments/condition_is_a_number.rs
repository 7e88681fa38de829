use weighbridge::{Module, Tensor};

const BIAS: usize = 1;

#[derive(Module)]
#[module(args(bias))]
struct Norm(#[param(shape = [3], when = "bias")] Option<Tensor<f32>>);

#[derive(Module)]
struct OfAField(#[module(args(bias = BIAS))] Norm);

#[derive(Module)]
struct Own(#[param(shape = [3], when = 3 * "bias")] Option<Tensor<f32>>);

#[derive(Module)]
struct Tied(#[param(shape = [3])] Tensor<f32>, #[param(shape = [3], tied = "0", tied_when = BIAS)] Tensor<f32>);

fn main() {}
