// Loads `uneven.safetensors` strictly: 159 tensors.
// Generated from the names, dtypes and shapes in it, and meant to be edited.

use weighbridge::{Module, Tensor};

/// The dtype of the floats.
pub type Float = f32;

/// The whole checkpoint.
#[derive(Clone, Debug, Module)]
#[module(verify = "tests/generated/uneven.lock")]
pub struct Uneven {
    pub layers: Layers,
}

/// At `layers`.
#[derive(Clone, Debug, Module)]
pub struct Layers {
    #[module(rename = "0")]
    pub layer_0: Layer,
    #[module(rename = "1")]
    pub layer_1: LayerWithBias,
    #[module(rename = "2")]
    pub layer_2: LayerWithBias,
    #[module(rename = "3")]
    pub layer_3: LayerWithBias,
    #[module(rename = "4")]
    pub layer_4: LayerWithBias,
    #[module(rename = "5")]
    pub layer_5: LayerWithBias,
    #[module(rename = "6")]
    pub layer_6: LayerWithBias,
    #[module(rename = "7")]
    pub layer_7: LayerWithBias,
    #[module(rename = "8")]
    pub layer_8: LayerWithBias,
    #[module(rename = "9")]
    pub layer_9: LayerWithBias,
    #[module(rename = "10")]
    pub layer_10: LayerWithBias,
    #[module(rename = "11")]
    pub layer_11: LayerWithBias,
    #[module(rename = "12")]
    pub layer_12: LayerWithBias,
    #[module(rename = "13")]
    pub layer_13: LayerWithBias,
    #[module(rename = "14")]
    pub layer_14: LayerWithBias,
    #[module(rename = "15")]
    pub layer_15: LayerWithBias,
    #[module(rename = "16")]
    pub layer_16: LayerWithBias,
    #[module(rename = "17")]
    pub layer_17: LayerWithBias,
    #[module(rename = "18")]
    pub layer_18: LayerWithBias,
    #[module(rename = "19")]
    pub layer_19: LayerWithBias,
    #[module(rename = "20")]
    pub layer_20: LayerWithBias,
    #[module(rename = "21")]
    pub layer_21: LayerWithBias,
    #[module(rename = "22")]
    pub layer_22: LayerWithBias,
    #[module(rename = "23")]
    pub layer_23: LayerWithBias,
    #[module(rename = "24")]
    pub layer_24: LayerWithBias,
    #[module(rename = "25")]
    pub layer_25: LayerWithBias,
    #[module(rename = "26")]
    pub layer_26: LayerWithBias,
    #[module(rename = "27")]
    pub layer_27: LayerWithBias,
    #[module(rename = "28")]
    pub layer_28: LayerWithBias,
    #[module(rename = "29")]
    pub layer_29: LayerWithBias,
    #[module(rename = "30")]
    pub layer_30: LayerWithBias,
    #[module(rename = "31")]
    pub layer_31: LayerWithBias,
    #[module(rename = "32")]
    pub layer_32: LayerWithBias,
    #[module(rename = "33")]
    pub layer_33: LayerWithBias,
    #[module(rename = "34")]
    pub layer_34: LayerWithBias,
    #[module(rename = "35")]
    pub layer_35: LayerWithBias,
    #[module(rename = "36")]
    pub layer_36: LayerWithBias,
    #[module(rename = "37")]
    pub layer_37: LayerWithBias,
    #[module(rename = "38")]
    pub layer_38: LayerWithBias,
    #[module(rename = "39")]
    pub layer_39: LayerWithBias,
    #[module(rename = "40")]
    pub layer_40: LayerWithBias,
    #[module(rename = "41")]
    pub layer_41: LayerWithBias,
    #[module(rename = "42")]
    pub layer_42: LayerWithBias,
    #[module(rename = "43")]
    pub layer_43: LayerWithBias,
    #[module(rename = "44")]
    pub layer_44: LayerWithBias,
    #[module(rename = "45")]
    pub layer_45: LayerWithBias,
    #[module(rename = "46")]
    pub layer_46: LayerWithBias,
    #[module(rename = "47")]
    pub layer_47: LayerWithBias,
    #[module(rename = "48")]
    pub layer_48: LayerWithBias,
    #[module(rename = "49")]
    pub layer_49: LayerWithBias,
    #[module(rename = "50")]
    pub layer_50: LayerWithBias,
    #[module(rename = "51")]
    pub layer_51: LayerWithBias,
    #[module(rename = "52")]
    pub layer_52: LayerWithBias,
    #[module(rename = "53")]
    pub layer_53: LayerWithBias,
    #[module(rename = "54")]
    pub layer_54: LayerWithBias,
    #[module(rename = "55")]
    pub layer_55: LayerWithBias,
    #[module(rename = "56")]
    pub layer_56: LayerWithBias,
    #[module(rename = "57")]
    pub layer_57: LayerWithBias,
    #[module(rename = "58")]
    pub layer_58: LayerWithBias,
    #[module(rename = "59")]
    pub layer_59: LayerWithBias,
    #[module(rename = "60")]
    pub layer_60: LayerWithBias,
    #[module(rename = "61")]
    pub layer_61: LayerWithBias,
    #[module(rename = "62")]
    pub layer_62: LayerWithBias,
    #[module(rename = "63")]
    pub layer_63: LayerWithBias,
    #[module(rename = "64")]
    pub layer_64: LayerWithBias,
    #[module(rename = "65")]
    pub layer_65: LayerWithBias,
    #[module(rename = "66")]
    pub layer_66: LayerWithBias,
    #[module(rename = "67")]
    pub layer_67: LayerWithBias,
    #[module(rename = "68")]
    pub layer_68: LayerWithBias,
    #[module(rename = "69")]
    pub layer_69: LayerWithBias,
    #[module(rename = "70")]
    pub layer_70: LayerWithBias,
    #[module(rename = "71")]
    pub layer_71: LayerWithBias,
    #[module(rename = "72")]
    pub layer_72: LayerWithBias,
    #[module(rename = "73")]
    pub layer_73: LayerWithBias,
    #[module(rename = "74")]
    pub layer_74: LayerWithBias,
    #[module(rename = "75")]
    pub layer_75: LayerWithBias,
    #[module(rename = "76")]
    pub layer_76: LayerWithBias,
    #[module(rename = "77")]
    pub layer_77: LayerWithBias,
    #[module(rename = "78")]
    pub layer_78: LayerWithBias,
    #[module(rename = "79")]
    pub layer_79: LayerWithBias,
}

/// At `layers.*`.
#[derive(Clone, Debug, Module)]
pub struct Layer {
    pub q_proj: LinearNoBias<4, 4>,
}

/// At `layers.*`.
#[derive(Clone, Debug, Module)]
pub struct LayerWithBias {
    pub q_proj: Linear<4, 4>,
}

/// A linear layer without a bias; its weight is `[out, in]`.
#[derive(Clone, Debug, Module)]
pub struct LinearNoBias<const IN: usize, const OUT: usize> {
    #[param(shape = [OUT, IN])]
    pub weight: Tensor<Float>,
}

/// A linear layer; its weight is a square.
#[derive(Clone, Debug, Module)]
pub struct Linear<const IN: usize, const OUT: usize> {
    #[param(shape = [OUT, IN])]
    pub weight: Tensor<Float>,
    #[param(shape = [OUT])]
    pub bias: Tensor<Float>,
}
