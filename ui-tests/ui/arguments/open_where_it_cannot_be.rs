use weighbridge::{Module, Tensor};

#[derive(Module)]
#[module(args(dim = _), defaults(hidden = _))]
struct Norm {
    #[param(shape = ["dim"], when = _)]
    weight: Option<Tensor<f32>>,
}

#[derive(Module)]
struct Model(#[module(args(dim = 3 * _))] Norm);

fn main() {}
