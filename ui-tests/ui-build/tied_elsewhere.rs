use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Model<const VOCAB: usize, const ROWS: usize> {
    #[param(shape = [ROWS, 2], tied = "embed")]
    head: Tensor<f32>,
    #[param(shape = [VOCAB, 2])]
    embed: Tensor<f32>,
}

fn main() {
    let _ = Model::<4, 5>::from_weights("weights.npz");
}
