use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Norm<const N: usize> {
    #[param(shape = [N])]
    weight: Tensor<f32>,
}

#[derive(Module)]
struct Block<M> {
    #[module(flatten)]
    inner: M,
    #[param]
    weight: [f32; 4],
}

fn main() {
    let _ = Block::<Norm<4>>::from_weights("weights.npz");
}
