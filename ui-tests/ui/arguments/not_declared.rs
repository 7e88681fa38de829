use weighbridge::{Module, Tensor};

#[derive(Module)]
#[module(args(in, out, bias = false))]
struct Linear {
    #[param(shape = ["out", "in"])]
    weight: Tensor<f32>,
    #[param(shape = ["out"], when = "bias")]
    bias: Option<Tensor<f32>>,
}

#[derive(Module)]
struct Nearest(#[module(args(in = 3, out = 4, biass = true))] Linear);

#[derive(Module)]
struct Another(#[module(args(inner = 3, out = 4))] Option<Vec<Linear>>);

fn main() {}
