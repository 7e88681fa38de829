// Loads `claims.safetensors` strictly: 39 tensors.
// Generated from the names, dtypes and shapes in it, and meant to be edited.

use half::{bf16, f16};
use weighbridge::{Module, Tensor};

/// The dtype of most of the floats.
pub type Float = f32;

pub const DIM_16: usize = 16;

/// The whole checkpoint.
#[derive(Clone, Debug, Module)]
pub struct Claims {
    #[module(len = 1)]
    pub stem: Vec<Conv2d<3, 8>>,
    pub attention: Attention,
    pub codebook: Codebook,
    pub float: FloatModel,
    #[module(rename = "hIDDEN")]
    pub h_idden: Hidden,
    pub instance_norm: InstanceNorm,
    pub mask: Mask,
    pub odd: Odd,
    pub square: Square,
    pub unet: Unet,
    pub upsample: Upsample,
    pub vit: Vit,
    pub encoder: Encoder,
}

/// At `attention`.
#[derive(Clone, Debug, Module)]
pub struct Attention {
    pub q: LinearNoBias<DIM_16, 4>,
    pub o: LinearNoBias<4, DIM_16>,
    pub relative_attention_bias: RelativeAttentionBias,
    pub table: Table,
}

/// At `attention.relative_attention_bias`.
#[derive(Clone, Debug, Module)]
pub struct RelativeAttentionBias {
    #[param(shape = [32, 4])]
    pub weight: Tensor<f16>,
}

/// At `attention.table`.
#[derive(Clone, Debug, Module)]
pub struct Table {
    #[param(shape = [9, 4])]
    pub weight: Tensor<f16>,
    #[param(shape = [9, 4])]
    pub bias: Tensor<f16>,
}

/// At `codebook`.
#[derive(Clone, Debug, Module)]
pub struct Codebook {
    #[param(shape = [9, 4])]
    pub weight: Tensor<f64>,
}

/// At `float`.
#[derive(Clone, Debug, Module)]
pub struct FloatModel {
    #[module(rename = "fLOAT")]
    pub f_loat: Weight,
}

/// At `float.fLOAT`, `hIDDEN.iN`.
#[derive(Clone, Debug, Module)]
pub struct Weight {
    #[param(shape = [DIM_16, 3])]
    pub weight: Tensor<Float>,
}

/// At `hIDDEN`.
#[derive(Clone, Debug, Module)]
pub struct Hidden {
    #[module(rename = "iN")]
    pub i_n: Weight,
}

/// At `instance_norm`.
#[derive(Clone, Debug, Module)]
pub struct InstanceNorm {
    #[param(shape = [8])]
    pub weight: Tensor<f16>,
    #[param(shape = [8])]
    pub bias: Tensor<f16>,
    #[param(shape = [8])]
    pub running_mean: Tensor<f16>,
    #[param(shape = [8])]
    pub running_var: Tensor<f16>,
}

/// At `mask`.
#[derive(Clone, Debug, Module)]
pub struct Mask {
    #[param(shape = [2, 3, 4, 4])]
    pub weight: Tensor<i32>,
}

/// At `odd`.
#[derive(Clone, Debug, Module)]
pub struct Odd {
    pub bn: Bn,
}

/// At `odd.bn`.
#[derive(Clone, Debug, Module)]
pub struct Bn {
    #[param(shape = [8])]
    pub weight: Tensor<Float>,
    #[param(shape = [8])]
    pub bias: Tensor<Float>,
    #[param(shape = [8])]
    pub running_mean: Tensor<Float>,
    #[param(shape = [9])]
    pub running_var: Tensor<Float>,
}

/// At `square`.
#[derive(Clone, Debug, Module)]
pub struct Square {
    pub a: Linear<6, 6>,
    pub b: Linear<7, 7>,
}

/// At `unet`.
#[derive(Clone, Debug, Module)]
pub struct Unet {
    pub norm1: Norm,
    pub norm2: Norm,
    pub group_norm: Norm,
}

/// At `upsample`.
#[derive(Clone, Debug, Module)]
pub struct Upsample {
    pub conv: ConvTranspose2d<8, 4>,
}

/// At `vit`.
#[derive(Clone, Debug, Module)]
pub struct Vit {
    pub scale: Scale,
}

/// At `vit.scale`.
#[derive(Clone, Debug, Module)]
pub struct Scale {
    #[param(shape = [8])]
    pub weight: Tensor<Float>,
    #[param(shape = [8])]
    pub bias: Tensor<Float>,
}

/// At `encoder`.
#[derive(Clone, Debug, Module)]
pub struct Encoder {
    pub ln_1: HalfWeightBias,
    pub layer_norm: HalfWeightBias,
}

/// At `encoder.ln_1`, `encoder.layer_norm`.
#[derive(Clone, Debug, Module)]
pub struct HalfWeightBias {
    #[param(shape = [1])]
    pub half: Tensor<bf16>,
    #[param(shape = [DIM_16])]
    pub weight: Tensor<Float>,
    #[param(shape = [DIM_16])]
    pub bias: Tensor<Float>,
}

/// A convolution; its weight is `[out, in, kernel, kernel]`.
#[derive(Clone, Debug, Module)]
pub struct Conv2d<const IN: usize, const OUT: usize> {
    #[param(shape = [OUT, IN, 7, 7])]
    pub weight: Tensor<Float>,
    #[param(shape = [OUT])]
    pub bias: Tensor<Float>,
}

/// A linear layer without a bias; its weight is `[out, in]`.
#[derive(Clone, Debug, Module)]
pub struct LinearNoBias<const IN: usize, const OUT: usize> {
    #[param(shape = [OUT, IN])]
    pub weight: Tensor<f16>,
}

/// A linear layer; its weight is a square.
#[derive(Clone, Debug, Module)]
pub struct Linear<const IN: usize, const OUT: usize> {
    #[param(shape = [OUT, IN])]
    pub weight: Tensor<Float>,
    #[param(shape = [OUT])]
    pub bias: Tensor<Float>,
}

/// A normalisation with a scale and a shift.
#[derive(Clone, Debug, Module)]
pub struct Norm {
    #[param(shape = [8])]
    pub weight: Tensor<Float>,
    #[param(shape = [8])]
    pub bias: Tensor<Float>,
}

/// A transposed convolution; its weight is `[in, out, kernel, kernel]`.
#[derive(Clone, Debug, Module)]
pub struct ConvTranspose2d<const IN: usize, const OUT: usize> {
    #[param(shape = [IN, OUT, 3, 3])]
    pub weight: Tensor<Float>,
    #[param(shape = [OUT])]
    pub bias: Tensor<Float>,
}
