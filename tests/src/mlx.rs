//! The models whose weights MLX wrote.

use wb::{Element, Module, Tensor};

use crate::layers::{LayerNorm, Linear, Projection};

#[derive(Module, Clone, Debug, PartialEq)]
#[module(crate = wb)]
pub struct Mlp<T: Element = f32> {
    pub layers: (Linear<8, 16, T>, Linear<16, 16, T>, Linear<16, 4, T>),
    #[param(rename = "norm.weight", shape = [16])]
    pub norm: Tensor<T>,
}

#[derive(Module, Clone, Debug, PartialEq)]
#[module(crate = wb)]
pub struct Cnn {
    pub conv1: Conv2d<3, 8, 3>,
    pub bn1: BatchNorm<8>,
    pub conv2: Conv2d<8, 16, 3>,
    pub fc: Linear<16, 5>,
}

/// Channels last, the kernel between them.
#[derive(Module, Clone, Debug, PartialEq)]
#[module(crate = wb)]
pub struct Conv2d<const IN: usize, const OUT: usize, const KERNEL: usize> {
    #[param(shape = [OUT, KERNEL, KERNEL, IN])]
    pub weight: Tensor<f32>,
    #[param(shape = [OUT])]
    pub bias: Option<Tensor<f32>>,
}

#[derive(Module, Clone, Debug, PartialEq)]
#[module(crate = wb)]
pub struct BatchNorm<const DIM: usize> {
    #[module(flatten)]
    pub affine: LayerNorm<DIM>,
    #[param(shape = [DIM])]
    pub running_mean: Tensor<f32>,
    #[param(shape = [DIM])]
    pub running_var: Tensor<f32>,
}

#[derive(Module, Clone, Debug, PartialEq)]
#[module(crate = wb)]
pub struct Transformer<const DIM: usize, const HIDDEN: usize> {
    pub encoder: Stack<EncoderLayer<DIM, HIDDEN>, DIM>,
    pub decoder: Stack<DecoderLayer<DIM, HIDDEN>, DIM>,
}

#[derive(Module, Clone, Debug, PartialEq)]
#[module(crate = wb)]
pub struct Stack<L, const DIM: usize> {
    #[module(len = "layers")]
    pub layers: Vec<L>,
    pub ln: LayerNorm<DIM>,
}

#[derive(Module, Clone, Debug, PartialEq)]
#[module(crate = wb)]
pub struct EncoderLayer<const DIM: usize, const HIDDEN: usize> {
    pub attention: Attention<DIM>,
    #[module(flatten)]
    pub rest: Rest<DIM, HIDDEN>,
}

#[derive(Module, Clone, Debug, PartialEq)]
#[module(crate = wb)]
pub struct DecoderLayer<const DIM: usize, const HIDDEN: usize> {
    pub self_attention: Attention<DIM>,
    pub cross_attention: Attention<DIM>,
    #[module(flatten)]
    pub rest: Rest<DIM, HIDDEN>,
    pub ln3: LayerNorm<DIM>,
}

#[derive(Module, Clone, Debug, PartialEq)]
#[module(crate = wb)]
pub struct Rest<const DIM: usize, const HIDDEN: usize> {
    pub ln1: LayerNorm<DIM>,
    pub ln2: LayerNorm<DIM>,
    pub linear1: Linear<DIM, HIDDEN>,
    pub linear2: Linear<HIDDEN, DIM>,
}

#[derive(Module, Clone, Debug, PartialEq)]
#[module(crate = wb)]
pub struct Attention<const DIM: usize> {
    pub query_proj: Projection<DIM, DIM>,
    pub key_proj: Projection<DIM, DIM>,
    pub value_proj: Projection<DIM, DIM>,
    pub out_proj: Projection<DIM, DIM>,
}

/// `nn.quantize(group_size=32, bits=4)` of an embedding and two layers.
#[derive(Module, Clone, Debug, PartialEq)]
#[module(crate = wb)]
pub struct Quantized<const BITS: usize, const GROUP: usize> {
    pub embed: Packed<64, 64, BITS, GROUP>,
    pub layers: (PackedLinear<64, 64, BITS, GROUP>, Packed<64, 128, BITS, GROUP>),
}

/// Elements of `BITS` bits, with a scale and an offset for each group.
#[derive(Module, Clone, Debug, PartialEq)]
#[module(crate = wb)]
pub struct Packed<const IN: usize, const OUT: usize, const BITS: usize, const GROUP: usize> {
    #[param(shape = [OUT, IN * BITS / 32])]
    pub weight: Tensor<u32>,
    #[param(shape = [OUT, IN / GROUP])]
    pub scales: Tensor<f32>,
    #[param(shape = [OUT, IN / GROUP])]
    pub biases: Tensor<f32>,
}

#[derive(Module, Clone, Debug, PartialEq)]
#[module(crate = wb)]
pub struct PackedLinear<const IN: usize, const OUT: usize, const BITS: usize, const GROUP: usize> {
    #[module(flatten)]
    pub packed: Packed<IN, OUT, BITS, GROUP>,
    #[param(shape = [OUT])]
    pub bias: Tensor<f32>,
}
