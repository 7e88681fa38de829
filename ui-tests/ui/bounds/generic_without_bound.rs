use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear<T> {
    #[param(shape = [10, 10])]
    weight: Tensor<T>,
}

fn load<T>() {
    let _ = Linear::<T>::from_weights("weights.npz");
}

fn main() {}
