// Loads `one_name.safetensors` strictly: 22 tensors.
// Generated from the names, dtypes and shapes in it, and meant to be edited.

use weighbridge::{Module, Tensor};

/// The dtype of the floats.
pub type Float = f32;

pub const LAYERS: usize = 2;

/// The whole checkpoint.
#[derive(Clone, Debug, Module)]
pub struct OneName {
    pub braces: Braces,
    #[param(shape = [1])]
    pub items: Tensor<Float>,
    #[module(rename = "items")]
    pub items_parts_2: Items,
    #[param(shape = [6])]
    pub items_parts: Tensor<Float>,
    pub model: Model,
    #[param(shape = [5])]
    pub tensors: Tensor<Float>,
    #[module(rename = "tensors")]
    pub tensors_parts: Tensors,
}

/// At `braces`.
#[derive(Clone, Debug, Module)]
pub struct Braces {
    #[module(rename = "2")]
    pub brace_2: Weight<8>,
    #[module(rename = "{{}}")]
    pub field: Weight<7>,
}

/// At `braces.*`, `braces.{}`.
#[derive(Clone, Debug, Module)]
pub struct Weight<const DIM: usize> {
    #[param(shape = [DIM])]
    pub weight: Tensor<Float>,
}

/// At `items`.
#[derive(Clone, Debug, Module)]
pub struct Items {
    #[param(rename = "0", shape = [2])]
    pub item_0: Tensor<Float>,
    #[module(rename = "0")]
    pub item_0_parts: Item,
    #[param(rename = "1", shape = [2])]
    pub item_1: Tensor<Float>,
    #[module(rename = "1")]
    pub item_1_parts: Item,
    #[param(rename = "2", shape = [2])]
    pub item_2: Tensor<Float>,
    #[module(rename = "2")]
    pub item_2_parts: Item,
}

/// At `items.*`.
#[derive(Clone, Debug, Module)]
pub struct Item {
    #[param(shape = [3])]
    pub below: Tensor<Float>,
}

/// At `model`.
#[derive(Clone, Debug, Module)]
pub struct Model {
    #[module(len = LAYERS)]
    pub layers: Vec<Layer>,
}

/// At `model.layers.*`.
#[derive(Clone, Debug, Module)]
pub struct Layer {
    pub mlp: Mlp,
}

/// At `model.layers.*.mlp`.
#[derive(Clone, Debug, Module)]
pub struct Mlp {
    pub down_proj: DownProj,
}

/// At `model.layers.*.mlp.down_proj`.
#[derive(Clone, Debug, Module)]
pub struct DownProj {
    #[param(shape = [64, 1])]
    pub weight: Tensor<u8>,
    #[module(rename = "weight")]
    pub weight_parts: DownProjWeight,
}

/// At `model.layers.*.mlp.down_proj.weight`. Of a layer of bitsandbytes in 4 bits; its size is in the JSON of `quant_state`.
#[derive(Clone, Debug, Module)]
pub struct DownProjWeight {
    #[param(shape = [2])]
    pub absmax: Tensor<u8>,
    #[param(shape = [16])]
    pub quant_map: Tensor<Float>,
    pub quant_state: QuantState,
}

/// At `model.layers.*.mlp.down_proj.weight.quant_state`.
#[derive(Clone, Debug, Module)]
pub struct QuantState {
    #[param(rename = "bitsandbytes__nf4", shape = [9])]
    pub bitsandbytes_nf4: Tensor<u8>,
}

/// At `tensors`.
#[derive(Clone, Debug, Module)]
pub struct Tensors {
    #[param(rename = "0", shape = [4])]
    pub tensor_0: Tensor<Float>,
    #[param(rename = "1", shape = [4])]
    pub tensor_1: Tensor<Float>,
    #[param(rename = "2", shape = [4])]
    pub tensor_2: Tensor<Float>,
}
