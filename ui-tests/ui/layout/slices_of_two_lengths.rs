use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Model {
    #[param(
        shape = [4, _],
        from = concat(dim = 0, slice(dim = 1, of = "a", len = 3), slice(dim = 1, of = "b", len = 4)),
    )]
    joined: Tensor<f32>,
}

fn main() {}
