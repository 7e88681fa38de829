use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Norm {
    #[param(shape = [2])]
    weight: Tensor<f32>,
}

#[derive(Module)]
struct Blocks {
    #[module(rename = "block_{}")]
    blocks: Vec<Norm>,
    block_3: Norm,
}

#[derive(Module)]
struct Twice {
    #[module(rename = "h.block_{}")]
    blocks: [Norm; 2],
    h: Blocks,
}

fn main() {}
