use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Conv<const N: usize> {
    #[param(shape = [N - 2])]
    weight: Tensor<f32>,
}

fn main() {
    let _ = Conv::<1>::from_weights("weights.npz");
}
