use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear {
    #[param]
    step: usize,
    #[param(shape = [4])]
    indices: Vec<isize>,
    #[param(shape = [4])]
    ids: Tensor<usize>,
    #[param]
    name: String,
}

fn main() {}
