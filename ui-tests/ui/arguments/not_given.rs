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
struct One(#[module(args(in = 3))] Linear);

#[derive(Module)]
struct All(Linear);

#[derive(Module)]
struct OfItems([Option<Linear>; 2]);

fn main() {}
