// Loads `bnb-nf4.safetensors` strictly: 7 tensors.
// Generated from the names, dtypes and shapes in it, and meant to be edited.

use half::bf16;
use weighbridge::{Module, Tensor};

/// The dtype of most of the floats.
pub type Float = f32;

pub const CLASSES: usize = 8;

/// The whole checkpoint.
#[derive(Clone, Debug, Module)]
pub struct Nf4 {
    pub proj: Proj,
    pub head: Linear<32, CLASSES>,
}

/// At `proj`.
#[derive(Clone, Debug, Module)]
pub struct Proj {
    #[param(shape = [1024, 1])]
    pub weight: Tensor<u8>,
    #[module(rename = "weight")]
    pub weight_parts: Weight,
}

/// At `proj.weight`. Of a layer of bitsandbytes in 4 bits; its size is in the JSON of `quant_state`.
#[derive(Clone, Debug, Module)]
pub struct Weight {
    #[param(shape = [32])]
    pub absmax: Tensor<u8>,
    #[param(shape = [1])]
    pub nested_absmax: Tensor<Float>,
    #[param(shape = [256])]
    pub nested_quant_map: Tensor<Float>,
    #[param(shape = [16])]
    pub quant_map: Tensor<Float>,
    pub quant_state: QuantState,
}

/// At `proj.weight.quant_state`.
#[derive(Clone, Debug, Module)]
pub struct QuantState {
    #[param(rename = "bitsandbytes__nf4", shape = [166])]
    pub bitsandbytes_nf4: Tensor<u8>,
}

/// A linear layer without a bias; its weight is `[out, in]`.
#[derive(Clone, Debug, Module)]
pub struct Linear<const IN: usize, const OUT: usize> {
    #[param(shape = [OUT, IN])]
    pub weight: Tensor<bf16>,
}
