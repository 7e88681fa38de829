use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Heads<const HIDDEN: usize, const HEADS: usize> {
    #[param(shape = [HEADS, { HIDDEN / HEADS }])]
    weight: Tensor<f32>,
}

fn main() {
    let _ = Heads::<4, 8>::from_weights("weights.npz");
}
