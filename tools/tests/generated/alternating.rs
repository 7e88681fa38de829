// Loads `alternating.safetensors` strictly: 92 tensors.
// Generated from the names, dtypes and shapes in it, and meant to be edited.

use weighbridge::{Module, Tensor};

/// The dtype of the floats.
pub type Float = f32;

pub const HIDDEN: usize = 8;
pub const INTERMEDIATE: usize = 32;
pub const QKV: usize = 24;
pub const DIM_16: usize = 16;

/// The whole checkpoint.
#[derive(Clone, Debug, Module)]
pub struct Hybrid {
    pub model: Model,
}

/// At `model`.
#[derive(Clone, Debug, Module)]
pub struct Model {
    pub layers: Layers,
}

/// At `model.layers`.
#[derive(Clone, Debug, Module)]
pub struct Layers {
    #[module(rename = "0")]
    pub layer_0: LayerWithMamba,
    #[module(rename = "1")]
    pub layer_1: LayerWithMamba,
    #[module(rename = "2")]
    pub layer_2: LayerWithMamba,
    #[module(rename = "3")]
    pub layer_3: LayerWithSelfAttn,
    #[module(rename = "4")]
    pub layer_4: LayerWithMamba,
    #[module(rename = "5")]
    pub layer_5: LayerWithMamba,
    #[module(rename = "6")]
    pub layer_6: LayerWithMamba,
    #[module(rename = "7")]
    pub layer_7: LayerWithSelfAttn,
    #[module(rename = "8")]
    pub layer_8: LayerWithMamba,
    #[module(rename = "9")]
    pub layer_9: LayerWithMamba,
    #[module(rename = "10")]
    pub layer_10: LayerWithMamba,
    #[module(rename = "11")]
    pub layer_11: LayerWithSelfAttn,
    #[module(rename = "12")]
    pub layer_12: LayerWithMamba,
    #[module(rename = "13")]
    pub layer_13: LayerWithMamba,
    #[module(rename = "14")]
    pub layer_14: LayerWithMamba,
    #[module(rename = "15")]
    pub layer_15: LayerWithSelfAttn,
}

/// At `model.layers.*`.
#[derive(Clone, Debug, Module)]
pub struct LayerWithMamba {
    pub mamba: Mamba,
    pub mlp: Mlp,
    pub norm: Norm,
}

/// At `model.layers.*.mamba`.
#[derive(Clone, Debug, Module)]
pub struct Mamba {
    #[param(rename = "A_log", shape = [DIM_16, 2])]
    pub a_log: Tensor<Float>,
    #[param(rename = "D", shape = [DIM_16])]
    pub d: Tensor<Float>,
    pub conv1d: Conv1d<1, DIM_16>,
}

/// At `model.layers.*.mlp`.
#[derive(Clone, Debug, Module)]
pub struct Mlp {
    pub fc1: Linear<HIDDEN, INTERMEDIATE>,
    pub fc2: Linear<INTERMEDIATE, HIDDEN>,
}

/// At `model.layers.*`.
#[derive(Clone, Debug, Module)]
pub struct LayerWithSelfAttn {
    pub self_attn: SelfAttn,
    pub mlp: Mlp,
    pub norm: Norm,
}

/// At `model.layers.*.self_attn`.
#[derive(Clone, Debug, Module)]
pub struct SelfAttn {
    pub qkv_proj: Linear<HIDDEN, QKV>,
    pub o_proj: Linear<HIDDEN, HIDDEN>,
}

/// A convolution; its weight is `[out, in, kernel]`.
#[derive(Clone, Debug, Module)]
pub struct Conv1d<const IN: usize, const OUT: usize> {
    #[param(shape = [OUT, IN, 4])]
    pub weight: Tensor<Float>,
}

/// A linear layer without a bias; its weight is `[out, in]`.
#[derive(Clone, Debug, Module)]
pub struct Linear<const IN: usize, const OUT: usize> {
    #[param(shape = [OUT, IN])]
    pub weight: Tensor<Float>,
}

/// A normalisation with a scale.
#[derive(Clone, Debug, Module)]
pub struct Norm {
    #[param(shape = [HIDDEN])]
    pub weight: Tensor<Float>,
}
