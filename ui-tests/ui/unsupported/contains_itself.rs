use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Block {
    #[param(shape = [4])]
    weight: Tensor<f32>,
    next: Option<Box<Block>>,
    down: Vec<Self>,
}

#[derive(Module)]
enum Tree<T> {
    Leaf(T),
    Branches([Box<Tree<T>>; 2]),
}

fn main() {}
