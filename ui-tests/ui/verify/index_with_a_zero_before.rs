use weighbridge::{Module, Tensor, verify};

#[derive(Module)]
struct Norm {
    #[param(shape = [4])]
    weight: Tensor<f32>,
}

#[derive(Module)]
struct Model {
    blocks: [Norm; 2],
}

verify!(Model, "locks/loose-index.lock");

fn main() {}
