// Loads `lists.safetensors` strictly: 124 tensors.
// Generated from the names, dtypes and shapes in it, and meant to be edited.

use weighbridge::{Module, Tensor};

/// The dtype of the floats.
pub type Float = f32;

/// The whole checkpoint.
#[derive(Clone, Debug, Module)]
pub struct Lists {
    pub far: Far,
    pub gap: (Weight<6, 5>, (), Weight<6, 5>),
    #[module(len = 3)]
    pub grid: Vec<[Weight<6, 5>; 2]>,
    #[param(len = 3, shape = [6, 5])]
    pub grid_of_tensors: Vec<[Tensor<Float>; 2]>,
    pub huge: Huge,
    pub kinds_of_tensors: KindsOfTensors,
    pub late: ((), (), (), Weight<6, 5>),
    pub mixed: MixedWithWeight,
    pub named: Named,
    #[module(len = 1)]
    pub one: Vec<Weight<6, 5>>,
    #[module(len = 3)]
    pub pairs: Vec<(Weight<6, 5>, Weight<7, 5>)>,
    #[param(len = 13, shape = [7])]
    pub tensors: Vec<Tensor<Float>>,
    pub triangle: Triangle,
    pub tuple_with_tensors: TupleWithTensors,
    pub unlike: Unlike,
    pub unlike_tensors: UnlikeTensors,
    pub vgg: Vgg,
}

/// At `far`.
#[derive(Clone, Debug, Module)]
pub struct Far {
    #[module(rename = "0")]
    pub far_0: Weight<6, 5>,
    #[module(rename = "40")]
    pub far_40: Weight<6, 5>,
}

/// At `far.*`, `gap.*`, `grid.*.*`, and 8 more.
#[derive(Clone, Debug, Module)]
pub struct Weight<const DIM: usize, const DIM_B: usize> {
    #[param(shape = [DIM, DIM_B])]
    pub weight: Tensor<Float>,
}

/// At `huge`.
#[derive(Clone, Debug, Module)]
pub struct Huge {
    #[module(rename = "0")]
    pub huge_0: Weight<6, 5>,
    #[module(rename = "18446744073709551615")]
    pub huge_18446744073709551615: Weight<6, 5>,
}

/// At `kinds_of_tensors`.
#[derive(Clone, Debug, Module)]
pub struct KindsOfTensors {
    #[param(rename = "0", len = 1, shape = [7])]
    pub kinds_of_tensor_0: Vec<Tensor<Float>>,
    #[module(rename = "1")]
    pub kinds_of_tensor_1: KindsOfTensor,
    #[param(rename = "2", len = 1, shape = [7])]
    pub kinds_of_tensor_2: Vec<Tensor<Float>>,
    #[module(rename = "3")]
    pub kinds_of_tensor_3: KindsOfTensor,
    #[param(rename = "4", len = 1, shape = [7])]
    pub kinds_of_tensor_4: Vec<Tensor<Float>>,
    #[module(rename = "5")]
    pub kinds_of_tensor_5: KindsOfTensor,
    #[param(rename = "6", len = 1, shape = [7])]
    pub kinds_of_tensor_6: Vec<Tensor<Float>>,
    #[module(rename = "7")]
    pub kinds_of_tensor_7: KindsOfTensor,
    #[param(rename = "8", len = 1, shape = [7])]
    pub kinds_of_tensor_8: Vec<Tensor<Float>>,
    #[module(rename = "9")]
    pub kinds_of_tensor_9: KindsOfTensor,
    #[param(rename = "10", len = 1, shape = [7])]
    pub kinds_of_tensor_10: Vec<Tensor<Float>>,
    #[module(rename = "11")]
    pub kinds_of_tensor_11: KindsOfTensor,
    #[param(rename = "12", len = 1, shape = [7])]
    pub kinds_of_tensor_12: Vec<Tensor<Float>>,
}

/// At `kinds_of_tensors.*`.
#[derive(Clone, Debug, Module)]
pub struct KindsOfTensor {
    #[param(rename = "1", shape = [7])]
    pub kinds_of_tensor_1: Tensor<Float>,
}

/// At `mixed`.
#[derive(Clone, Debug, Module)]
pub struct MixedWithWeight {
    #[module(rename = "0")]
    pub mixed_0: MixedWithWeight2,
    #[param(rename = "1", shape = [7])]
    pub mixed_1: Tensor<Float>,
    #[module(rename = "2")]
    pub mixed_2: MixedWithWeight2,
    #[param(rename = "3", shape = [7])]
    pub mixed_3: Tensor<Float>,
    #[module(rename = "4")]
    pub mixed_4: MixedWithWeight2,
    #[param(rename = "5", shape = [7])]
    pub mixed_5: Tensor<Float>,
    #[module(rename = "6")]
    pub mixed_6: MixedWithWeight2,
    #[param(rename = "7", shape = [7])]
    pub mixed_7: Tensor<Float>,
    #[module(rename = "8")]
    pub mixed_8: MixedWithWeight2,
    #[param(rename = "9", shape = [7])]
    pub mixed_9: Tensor<Float>,
    #[module(rename = "10")]
    pub mixed_10: MixedWithWeight2,
    #[param(rename = "11", shape = [7])]
    pub mixed_11: Tensor<Float>,
    #[module(rename = "12")]
    pub mixed_12: MixedWithWeight2,
}

/// At `mixed.*`.
#[derive(Clone, Debug, Module)]
pub struct MixedWithWeight2 {
    #[param(shape = [7])]
    pub weight: Tensor<Float>,
}

/// At `named`.
#[derive(Clone, Debug, Module)]
pub struct Named {
    #[param(rename = "0", shape = [7])]
    pub named_0: Tensor<Float>,
    #[param(rename = "1", shape = [7])]
    pub named_1: Tensor<Float>,
    #[param(rename = "2", shape = [7])]
    pub named_2: Tensor<Float>,
    #[param(rename = "3", shape = [7])]
    pub named_3: Tensor<Float>,
    #[param(rename = "5", shape = [7])]
    pub named_5: Tensor<Float>,
    #[param(rename = "6", shape = [7])]
    pub named_6: Tensor<Float>,
    #[param(rename = "7", shape = [7])]
    pub named_7: Tensor<Float>,
    #[param(rename = "8", shape = [7])]
    pub named_8: Tensor<Float>,
    #[param(rename = "9", shape = [7])]
    pub named_9: Tensor<Float>,
    #[param(rename = "10", shape = [7])]
    pub named_10: Tensor<Float>,
    #[param(rename = "11", shape = [7])]
    pub named_11: Tensor<Float>,
    #[param(rename = "12", shape = [7])]
    pub named_12: Tensor<Float>,
    #[param(shape = [7])]
    pub last: Tensor<Float>,
}

/// At `triangle`.
#[derive(Clone, Debug, Module)]
pub struct Triangle {
    #[module(rename = "0", len = 2)]
    pub triangle_0: Vec<Weight<6, 5>>,
    #[module(rename = "1")]
    pub triangle_1: (Weight<6, 5>, (), Weight<6, 5>),
    #[module(rename = "2")]
    pub triangle_2: (Weight<6, 5>, (), (), Weight<6, 5>),
}

/// At `tuple_with_tensors`.
#[derive(Clone, Debug, Module)]
pub struct TupleWithTensors {
    #[param(rename = "0", len = 3, shape = [4])]
    pub tuple_with_tensor_0: Vec<Tensor<Float>>,
    #[module(rename = "1", len = 3)]
    pub tuple_with_tensor_1: Vec<Weight<4, 4>>,
}

/// At `unlike`.
#[derive(Clone, Debug, Module)]
pub struct Unlike {
    #[module(rename = "0")]
    pub unlike_0: Weight<3, 5>,
    #[module(rename = "1")]
    pub unlike_1: Weight<4, 5>,
    #[module(rename = "2")]
    pub unlike_2: Weight<5, 5>,
    #[module(rename = "3")]
    pub unlike_3: Weight<6, 5>,
    #[module(rename = "4")]
    pub unlike_4: Weight<7, 5>,
    #[module(rename = "5")]
    pub unlike_5: Weight<8, 5>,
    #[module(rename = "6")]
    pub unlike_6: Weight<9, 5>,
    #[module(rename = "7")]
    pub unlike_7: Weight<10, 5>,
    #[module(rename = "8")]
    pub unlike_8: Weight<11, 5>,
    #[module(rename = "9")]
    pub unlike_9: Weight<12, 5>,
    #[module(rename = "10")]
    pub unlike_10: Weight<13, 5>,
    #[module(rename = "11")]
    pub unlike_11: Weight<14, 5>,
    #[module(rename = "12")]
    pub unlike_12: Weight<15, 5>,
}

/// At `unlike_tensors`.
#[derive(Clone, Debug, Module)]
pub struct UnlikeTensors {
    #[param(rename = "0", shape = [1])]
    pub unlike_tensor_0: Tensor<Float>,
    #[param(rename = "1", shape = [2])]
    pub unlike_tensor_1: Tensor<Float>,
    #[param(rename = "2", shape = [3])]
    pub unlike_tensor_2: Tensor<Float>,
    #[param(rename = "3", shape = [4])]
    pub unlike_tensor_3: Tensor<Float>,
    #[param(rename = "4", shape = [5])]
    pub unlike_tensor_4: Tensor<Float>,
    #[param(rename = "5", shape = [6])]
    pub unlike_tensor_5: Tensor<Float>,
    #[param(rename = "6", shape = [7])]
    pub unlike_tensor_6: Tensor<Float>,
    #[param(rename = "7", shape = [8])]
    pub unlike_tensor_7: Tensor<Float>,
    #[param(rename = "8", shape = [9])]
    pub unlike_tensor_8: Tensor<Float>,
    #[param(rename = "9", shape = [10])]
    pub unlike_tensor_9: Tensor<Float>,
    #[param(rename = "10", shape = [11])]
    pub unlike_tensor_10: Tensor<Float>,
    #[param(rename = "11", shape = [12])]
    pub unlike_tensor_11: Tensor<Float>,
    #[param(rename = "12", shape = [13])]
    pub unlike_tensor_12: Tensor<Float>,
}

/// At `vgg`.
#[derive(Clone, Debug, Module)]
pub struct Vgg {
    #[module(rename = "0")]
    pub vgg_0: Weight<6, 5>,
    #[module(rename = "2")]
    pub vgg_2: Weight<6, 5>,
    #[module(rename = "5")]
    pub vgg_5: Weight<6, 5>,
    #[module(rename = "7")]
    pub vgg_7: Weight<6, 5>,
    #[module(rename = "10")]
    pub vgg_10: Weight<6, 5>,
    #[module(rename = "12")]
    pub vgg_12: Weight<6, 5>,
    #[module(rename = "14")]
    pub vgg_14: Weight<6, 5>,
    #[module(rename = "17")]
    pub vgg_17: Weight<6, 5>,
}
