use weighbridge::{Module, Tensor};

trait Config {
    const N: usize;
}

#[derive(Module)]
struct Model<C: Config, const K: usize> {
    #[param]
    scale: [f32; C::N],
    #[param(shape = [2])]
    books: [Tensor<f32>; K * 2],
    layers: [Linear<4>; C::N],
    out: Linear<{ C::N }>,
    config: std::marker::PhantomData<C>,
}

#[derive(Module)]
struct Linear<const N: usize> {
    #[param(shape = [N])]
    weight: Tensor<f32>,
}

fn main() {}
