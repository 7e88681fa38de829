use weighbridge::{Module, Tensor};

trait Config {
    const HIDDEN: usize;
    const HEADS: usize;
}

struct Tiny;

impl Config for Tiny {
    const HIDDEN: usize = 4;
    const HEADS: usize = 8;
}

#[derive(Module)]
struct Head<C: Config> {
    #[param(shape = [C::HIDDEN / C::HEADS])]
    q: Tensor<f32>,
    config: std::marker::PhantomData<C>,
}

fn main() {
    let _ = Head::<Tiny>::from_weights("weights.npz");
}
