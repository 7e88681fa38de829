use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Block {
    #[param(shape = [4, 8])]
    kernel: Tensor<f32>,
    #[param(shape = [8])]
    scale: Tensor<f32>,
}

#[derive(Module)]
#[module(verify = "locks/vit.lock")]
struct Vit {
    #[module(rename = "encoderblock_{}", len = 12)]
    blocks: Vec<Block>,
}

fn main() {}
