use weighbridge::{Module, Schema, Tensor};

#[derive(Module)]
struct Heads<const HIDDEN: usize, const HEADS: usize> {
    #[param(shape = [HEADS, { HIDDEN / HEADS }])]
    weight: Tensor<f32>,
}

const _: Schema = Heads::<8, 4>::SCHEMA;
const _: Schema = Heads::<4, 8>::SCHEMA;

fn main() {}
