use weighbridge::{Module, Tensor};

#[derive(Module)]
#[module(args(dim, bias = false))]
struct Norm {
    #[param(shape = ["dim"])]
    weight: Tensor<f32>,
    #[param(shape = ["dim"], when = "bias && model_type == bert")]
    bias: Option<Tensor<f32>>,
}

#[derive(Module)]
struct Model(#[module(args(dim = "heads * head_dim", bias = "!plain"))] Norm);

fn main() {}
