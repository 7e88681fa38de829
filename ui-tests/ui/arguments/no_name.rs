use weighbridge::{Module, Tensor};

#[derive(Module)]
#[module(args(dim, "a b"), defaults("text_config." = 3))]
struct Norm {
    #[param(shape = ["dim"])]
    weight: Tensor<f32>,
}

#[derive(Module)]
struct Model(#[module(args("head-dim" = 3))] Norm);

fn main() {}
