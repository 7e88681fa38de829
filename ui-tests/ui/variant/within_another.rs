use weighbridge::{Module, Tensor};

#[derive(Module)]
enum Norm {
    Rms(Scale),
    Layer {
        #[param(shape = [_])]
        weight: Tensor<f32>,
        #[param(shape = [_])]
        bias: Option<Tensor<f32>>,
    },
}

#[derive(Module)]
struct Scale {
    #[param(shape = [4])]
    weight: Tensor<f32>,
}

fn main() {}
