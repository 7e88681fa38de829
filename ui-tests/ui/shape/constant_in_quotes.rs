use weighbridge::{Module, Tensor};

trait Config {
    const HIDDEN: usize;
}

#[derive(Module)]
struct Linear<C: Config> {
    #[param(shape = ["C::HIDDEN"])]
    q: Tensor<f32>,
    #[param(shape = ["4 * hidden"])]
    k: Tensor<f32>,
    #[param(shape = [4], len = "C::HIDDEN")]
    v: Vec<Tensor<f32>>,
    #[param(shape = [4], len = "3")]
    out: Vec<Tensor<f32>>,
    config: std::marker::PhantomData<C>,
}

fn main() {}
