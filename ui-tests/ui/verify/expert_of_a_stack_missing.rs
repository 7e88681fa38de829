use weighbridge::{Module, Tensor, verify};

#[derive(Module)]
struct Experts {
    #[param(shape = [8, 2, 8], from = stack("experts.{}.w1.weight"))]
    w1: Tensor<f32>,
}

verify!(Experts, "locks/experts-absent.lock");

fn main() {}
