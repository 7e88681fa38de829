use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear {
    #[module(skip)]
    hidden: usize,
    #[module(skip)]
    config: (usize,),
    #[param(shape = [self.hidden, 4])]
    q: Tensor<f32>,
    #[param(shape = [hidden * 2])]
    k: Tensor<f32>,
    #[param(shape = [4], len = config.0)]
    v: Vec<Tensor<f32>>,
    #[param(shape = [4, 4], from = reshape(hidden, 4))]
    out: Tensor<f32>,
    #[module(skip = self.hidden)]
    width: usize,
}

fn main() {}
