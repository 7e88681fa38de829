// Loads `alternating.safetensors` strictly: 92 tensors.
// Generated from the names, dtypes and shapes in it, and meant to be edited.

use weighbridge::{Module, Tensor};

pub const HIDDEN: usize = 8;
pub const INTERMEDIATE: usize = 32;
pub const QKV: usize = 24;
pub const LAYERS: usize = 16;
pub const DIM_16: usize = 16;

/// The whole checkpoint.
#[derive(Clone, Debug, Module)]
pub struct Hybrid {
    pub model: Model,
}

/// At `model`.
#[derive(Clone, Debug, Module)]
pub struct Model {
    #[module(len = LAYERS)]
    pub layers: Vec<Layer>,
}

/// At `model.layers.*`: whichever the file has.
#[derive(Clone, Debug, Module)]
pub enum Layer {
    Mamba(Box<MambaLayer>),
    SelfAttn(Box<SelfAttnLayer>),
}

/// At `model.layers.*`.
#[derive(Clone, Debug, Module)]
pub struct MambaLayer {
    pub mamba: Mamba,
    pub mlp: Mlp,
    pub norm: Norm,
}

/// At `model.layers.*.mamba`.
#[derive(Clone, Debug, Module)]
pub struct Mamba {
    #[param(rename = "A_log", shape = [DIM_16, 2])]
    pub a_log: Tensor<f32>,
    #[param(rename = "D", shape = [DIM_16])]
    pub d: Tensor<f32>,
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
pub struct SelfAttnLayer {
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
    pub weight: Tensor<f32>,
}

/// A linear layer without a bias; its weight is `[out, in]`.
#[derive(Clone, Debug, Module)]
pub struct Linear<const IN: usize, const OUT: usize> {
    #[param(shape = [OUT, IN])]
    pub weight: Tensor<f32>,
}

/// A normalisation with a scale.
#[derive(Clone, Debug, Module)]
pub struct Norm {
    #[param(shape = [HIDDEN])]
    pub weight: Tensor<f32>,
}
