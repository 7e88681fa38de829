// Loads `verified.safetensors` strictly: 1306 tensors.
// Generated from the names, dtypes and shapes in it, and meant to be edited.

use weighbridge::{Module, Tensor};

/// The dtype of the floats.
pub type Float = f32;

pub const VOCAB: usize = 50;
pub const HIDDEN: usize = 8;
pub const INTERMEDIATE: usize = 24;
pub const MOE_INTERMEDIATE: usize = 6;
pub const QUERIES: usize = 16;
pub const KV: usize = 4;
pub const EXPERTS: usize = 4;

/// The whole checkpoint.
#[derive(Clone, Debug, Module)]
#[module(verify = "tests/generated/verified.lock")]
pub struct DeepSeek {
    pub model: Model,
    pub lm_head: Linear<HIDDEN, VOCAB>,
}

/// At `model`.
#[derive(Clone, Debug, Module)]
pub struct Model {
    pub embed_tokens: Embedding<VOCAB, HIDDEN>,
    pub layers: Layers,
    pub norm: Norm,
}

/// At `model.layers`.
#[derive(Clone, Debug, Module)]
pub struct Layers {
    #[module(rename = "0")]
    pub layer_0: Layer,
    #[module(rename = "1")]
    pub layer_1: Layer,
    #[module(rename = "2")]
    pub layer_2: Layer,
    #[module(rename = "3")]
    pub layer_3: MoeLayer,
    #[module(rename = "4")]
    pub layer_4: MoeLayer,
    #[module(rename = "5")]
    pub layer_5: MoeLayer,
    #[module(rename = "6")]
    pub layer_6: MoeLayer,
    #[module(rename = "7")]
    pub layer_7: MoeLayer,
    #[module(rename = "8")]
    pub layer_8: MoeLayer,
    #[module(rename = "9")]
    pub layer_9: MoeLayer,
    #[module(rename = "10")]
    pub layer_10: MoeLayer,
    #[module(rename = "11")]
    pub layer_11: MoeLayer,
    #[module(rename = "12")]
    pub layer_12: MoeLayer,
    #[module(rename = "13")]
    pub layer_13: MoeLayer,
    #[module(rename = "14")]
    pub layer_14: MoeLayer,
    #[module(rename = "15")]
    pub layer_15: MoeLayer,
    #[module(rename = "16")]
    pub layer_16: MoeLayer,
    #[module(rename = "17")]
    pub layer_17: MoeLayer,
    #[module(rename = "18")]
    pub layer_18: MoeLayer,
    #[module(rename = "19")]
    pub layer_19: MoeLayer,
    #[module(rename = "20")]
    pub layer_20: MoeLayer,
    #[module(rename = "21")]
    pub layer_21: MoeLayer,
    #[module(rename = "22")]
    pub layer_22: MoeLayer,
    #[module(rename = "23")]
    pub layer_23: MoeLayer,
    #[module(rename = "24")]
    pub layer_24: MoeLayer,
    #[module(rename = "25")]
    pub layer_25: MoeLayer,
    #[module(rename = "26")]
    pub layer_26: MoeLayer,
    #[module(rename = "27")]
    pub layer_27: MoeLayer,
    #[module(rename = "28")]
    pub layer_28: MoeLayer,
    #[module(rename = "29")]
    pub layer_29: MoeLayer,
    #[module(rename = "30")]
    pub layer_30: MoeLayer,
    #[module(rename = "31")]
    pub layer_31: MoeLayer,
    #[module(rename = "32")]
    pub layer_32: MoeLayer,
    #[module(rename = "33")]
    pub layer_33: MoeLayer,
    #[module(rename = "34")]
    pub layer_34: MoeLayer,
    #[module(rename = "35")]
    pub layer_35: MoeLayer,
    #[module(rename = "36")]
    pub layer_36: MoeLayer,
    #[module(rename = "37")]
    pub layer_37: MoeLayer,
    #[module(rename = "38")]
    pub layer_38: MoeLayer,
    #[module(rename = "39")]
    pub layer_39: MoeLayer,
    #[module(rename = "40")]
    pub layer_40: MoeLayer,
    #[module(rename = "41")]
    pub layer_41: MoeLayer,
    #[module(rename = "42")]
    pub layer_42: MoeLayer,
    #[module(rename = "43")]
    pub layer_43: MoeLayer,
    #[module(rename = "44")]
    pub layer_44: MoeLayer,
    #[module(rename = "45")]
    pub layer_45: MoeLayer,
    #[module(rename = "46")]
    pub layer_46: MoeLayer,
    #[module(rename = "47")]
    pub layer_47: MoeLayer,
    #[module(rename = "48")]
    pub layer_48: MoeLayer,
    #[module(rename = "49")]
    pub layer_49: MoeLayer,
    #[module(rename = "50")]
    pub layer_50: MoeLayer,
    #[module(rename = "51")]
    pub layer_51: MoeLayer,
    #[module(rename = "52")]
    pub layer_52: MoeLayer,
    #[module(rename = "53")]
    pub layer_53: MoeLayer,
    #[module(rename = "54")]
    pub layer_54: MoeLayer,
    #[module(rename = "55")]
    pub layer_55: MoeLayer,
    #[module(rename = "56")]
    pub layer_56: MoeLayer,
    #[module(rename = "57")]
    pub layer_57: MoeLayer,
    #[module(rename = "58")]
    pub layer_58: MoeLayer,
    #[module(rename = "59")]
    pub layer_59: MoeLayer,
    #[module(rename = "60")]
    pub layer_60: MoeLayer,
}

/// At `model.layers.*`.
#[derive(Clone, Debug, Module)]
pub struct Layer {
    pub input_layernorm: Norm,
    pub self_attn: SelfAttn,
    pub post_attention_layernorm: Norm,
    pub mlp: Mlp<INTERMEDIATE>,
}

/// At `model.layers.*.self_attn`.
#[derive(Clone, Debug, Module)]
pub struct SelfAttn {
    pub q_proj: Linear<HIDDEN, QUERIES>,
    pub k_proj: Linear<HIDDEN, KV>,
    pub v_proj: Linear<HIDDEN, KV>,
    pub o_proj: Linear<QUERIES, HIDDEN>,
}

/// At `model.layers.*.mlp`, `model.layers.*.mlp.shared_experts`, `model.layers.*.mlp.experts.*`.
#[derive(Clone, Debug, Module)]
pub struct Mlp<const INTERMEDIATE_SIZE: usize> {
    pub gate_proj: Linear<HIDDEN, INTERMEDIATE_SIZE>,
    pub up_proj: Linear<HIDDEN, INTERMEDIATE_SIZE>,
    pub down_proj: Linear<INTERMEDIATE_SIZE, HIDDEN>,
}

/// At `model.layers.*`.
#[derive(Clone, Debug, Module)]
pub struct MoeLayer {
    pub input_layernorm: Norm,
    pub self_attn: SelfAttn,
    pub post_attention_layernorm: Norm,
    pub mlp: Moe,
}

/// At `model.layers.*.mlp`.
#[derive(Clone, Debug, Module)]
pub struct Moe {
    pub gate: Linear<HIDDEN, EXPERTS>,
    pub shared_experts: Mlp<12>,
    #[module(len = EXPERTS)]
    pub experts: Vec<Mlp<MOE_INTERMEDIATE>>,
}

/// A table of embeddings, one in each row.
#[derive(Clone, Debug, Module)]
pub struct Embedding<const COUNT: usize, const DIM: usize> {
    #[param(shape = [COUNT, DIM])]
    pub weight: Tensor<Float>,
}

/// A normalisation with a scale.
#[derive(Clone, Debug, Module)]
pub struct Norm {
    #[param(shape = [HIDDEN])]
    pub weight: Tensor<Float>,
}

/// A linear layer without a bias; its weight is `[out, in]`.
#[derive(Clone, Debug, Module)]
pub struct Linear<const IN: usize, const OUT: usize> {
    #[param(shape = [OUT, IN])]
    pub weight: Tensor<Float>,
}
