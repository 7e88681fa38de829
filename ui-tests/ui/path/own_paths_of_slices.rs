use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Half<const START: usize> {
    #[param(shape = [4, 2], from = slice(dim = 0, of = "fused", start = START))]
    weight: Tensor<f32>,
}

#[derive(Module)]
struct Model {
    #[module(flatten)]
    q: Half<0>,
    #[module(flatten)]
    k: Half<4>,
}

fn main() {}
