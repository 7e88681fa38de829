use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Norm {
    #[weighbridge(param)]
    step: Vec<Inner>,
    weight: Tensor<f32>,
    epsilon: f64,
    name: String,
    inner: Inner,
}

struct Inner;

fn main() {}
