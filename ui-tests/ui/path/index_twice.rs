use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Norm {
    #[param(shape = [2])]
    weight: Tensor<f32>,
}

#[derive(Module)]
struct Model {
    #[module(rename = "block_{}_{}")]
    blocks: Vec<Vec<Norm>>,
    #[module(rename = "layer_{0}")]
    layers: Vec<Norm>,
    #[module(rename = "h.{}.ln")]
    norms: Vec<Norm>,
    #[module(rename = "conv1{}")]
    convs: Vec<Norm>,
    #[module(rename = "mlp_{}", alias = "ffn_{")]
    mlps: Vec<Norm>,
    #[module(rename = "expert_{}", tied = "mlps")]
    experts: [Norm; 2],
}

fn main() {}
