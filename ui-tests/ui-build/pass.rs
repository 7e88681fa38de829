use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Norm<const N: usize> {
    #[param(shape = [N])]
    weight: Tensor<f32>,
}

#[derive(Module)]
struct Block<M, const N: usize> {
    #[module(flatten)]
    norm: Norm<N>,
    inner: M,
}

fn main() {
    let _ = Block::<Norm<2>, 4>::from_weights("weights.npz");
}
