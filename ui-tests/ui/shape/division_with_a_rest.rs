use weighbridge::{Module, Tensor};

const HIDDEN: usize = 100;
const HEADS: usize = 8;

#[derive(Module)]
struct OfAShape(#[param(shape = [HEADS, 2 * (HIDDEN + 1 / 1) / HEADS])] Tensor<f32>);

#[derive(Module)]
struct OfALength(#[param(shape = [3], len = HIDDEN / HEADS)] Vec<Tensor<f32>>);

#[derive(Module)]
struct OfALayout(#[param(shape = [_, 4], from = slice(dim = 0, of = "qkv", len = HIDDEN / HEADS))] Tensor<f32>);

#[derive(Module)]
struct Rounded(#[param(shape = [{ HIDDEN / HEADS }, HIDDEN / 4])] Tensor<f32>);

const _: () = assert!(matches!(Rounded::SCHEMA.byte_len(), Some(1200)));

fn main() {}
