use weighbridge::{Module, Tensor};

#[derive(Module)]
#[module(args(hidden, head_dim), defaults(head_dim = 64))]
struct Query {
    #[param(shape = ["hidden", "head_dim"])]
    weight: Tensor<f32>,
}

#[derive(Module)]
#[module(defaults(head_dim, rope = 3, rope = 4))]
struct Key(#[param(shape = ["head_dim"])] Tensor<f32>);

fn main() {}
