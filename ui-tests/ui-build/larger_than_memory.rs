use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear<const IN: usize, const OUT: usize> {
    #[param(shape = [OUT, IN])]
    weight: Tensor<f32>,
}

fn main() {
    let _ = Linear::<{ usize::MAX }, 2>::from_weights("weights.npz");
}
