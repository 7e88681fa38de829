use weighbridge::{Module, Tensor};

#[derive(Module)]
#[weighbridge(args(dim, bias = "dims"), defaults(heads))]
struct Norm {
    #[weighbridge(param, shape = ["dmi"], when = "a || b")]
    weight: Option<Tensor<f32>>,
}

#[derive(Module)]
#[weighbridge(crate = ::weighbridge)]
struct Model {
    #[weighbridge(args(dim = 3, dim = 4))]
    norm: Norm,
}

fn main() {}
