use weighbridge::{Module, Tensor};

trait Config {
    const HIDDEN: usize;
    const KV: usize;
}

#[derive(Module)]
struct Attention<C: Config> {
    #[param(shape = [3 * C::HIDDEN, C::HIDDEN], from = concat(dim = 0, "q": C::HIDDEN, "k": C::KV, "v": C::KV))]
    qkv: Tensor<f32>,
    config: std::marker::PhantomData<C>,
}

struct Grouped;
impl Config for Grouped {
    const HIDDEN: usize = 8;
    const KV: usize = 2;
}

fn main() {
    let _ = Attention::<Grouped>::from_weights("weights.npz");
}
