use weighbridge::{Module, Tensor};

#[derive(Module)]
enum Norm {
    Rms(#[weighbridge(shape = (4,))] Tensor<f32>),
    Layer {
        #[weighbridge(flaten)]
        rest: (),
    },
}

fn main() {}
