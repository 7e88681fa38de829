// Loads `lists.safetensors` strictly: 124 tensors.
// Generated from the names, dtypes and shapes in it, and meant to be edited.

use weighbridge::{Module, Tensor};

/// The whole checkpoint.
#[derive(Clone, Debug, Module)]
pub struct Lists {
    pub far: Far,
    pub gap: (Linear<5, 6>, (), Linear<5, 6>),
    #[module(len = 3)]
    pub grid: Vec<[Linear<5, 6>; 2]>,
    #[param(len = 3, shape = [6, 5])]
    pub grid_of_tensors: Vec<[Tensor<f32>; 2]>,
    pub huge: Huge,
    pub kinds_of_tensors: KindsOfTensors,
    pub late: ((), (), (), Linear<5, 6>),
    pub mixed: MixedWithWeight,
    pub named: Named,
    #[module(len = 1)]
    pub one: Vec<Linear<5, 6>>,
    #[module(len = 3)]
    pub pairs: Vec<(Linear<5, 6>, Linear<5, 7>)>,
    #[param(len = 13, shape = [7])]
    pub tensors: Vec<Tensor<f32>>,
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
    pub far_0: Linear<5, 6>,
    #[module(rename = "40")]
    pub far_40: Linear<5, 6>,
}

/// At `huge`.
#[derive(Clone, Debug, Module)]
pub struct Huge {
    #[module(rename = "0")]
    pub huge_0: Linear<5, 6>,
    #[module(rename = "18446744073709551615")]
    pub huge_18446744073709551615: Linear<5, 6>,
}

/// At `kinds_of_tensors`.
#[derive(Clone, Debug, Module)]
pub struct KindsOfTensors {
    #[param(rename = "0", len = 1, shape = [7])]
    pub kinds_of_tensor_0: Vec<Tensor<f32>>,
    #[module(rename = "1")]
    pub kinds_of_tensor_1: KindsOfTensor,
    #[param(rename = "2", len = 1, shape = [7])]
    pub kinds_of_tensor_2: Vec<Tensor<f32>>,
    #[module(rename = "3")]
    pub kinds_of_tensor_3: KindsOfTensor,
    #[param(rename = "4", len = 1, shape = [7])]
    pub kinds_of_tensor_4: Vec<Tensor<f32>>,
    #[module(rename = "5")]
    pub kinds_of_tensor_5: KindsOfTensor,
    #[param(rename = "6", len = 1, shape = [7])]
    pub kinds_of_tensor_6: Vec<Tensor<f32>>,
    #[module(rename = "7")]
    pub kinds_of_tensor_7: KindsOfTensor,
    #[param(rename = "8", len = 1, shape = [7])]
    pub kinds_of_tensor_8: Vec<Tensor<f32>>,
    #[module(rename = "9")]
    pub kinds_of_tensor_9: KindsOfTensor,
    #[param(rename = "10", len = 1, shape = [7])]
    pub kinds_of_tensor_10: Vec<Tensor<f32>>,
    #[module(rename = "11")]
    pub kinds_of_tensor_11: KindsOfTensor,
    #[param(rename = "12", len = 1, shape = [7])]
    pub kinds_of_tensor_12: Vec<Tensor<f32>>,
}

/// At `kinds_of_tensors.*`.
#[derive(Clone, Debug, Module)]
pub struct KindsOfTensor {
    #[param(rename = "1", shape = [7])]
    pub kinds_of_tensor_1: Tensor<f32>,
}

/// At `mixed`.
#[derive(Clone, Debug, Module)]
pub struct MixedWithWeight {
    #[module(rename = "0")]
    pub mixed_0: MixedWithWeight2,
    #[param(rename = "1", shape = [7])]
    pub mixed_1: Tensor<f32>,
    #[module(rename = "2")]
    pub mixed_2: MixedWithWeight2,
    #[param(rename = "3", shape = [7])]
    pub mixed_3: Tensor<f32>,
    #[module(rename = "4")]
    pub mixed_4: MixedWithWeight2,
    #[param(rename = "5", shape = [7])]
    pub mixed_5: Tensor<f32>,
    #[module(rename = "6")]
    pub mixed_6: MixedWithWeight2,
    #[param(rename = "7", shape = [7])]
    pub mixed_7: Tensor<f32>,
    #[module(rename = "8")]
    pub mixed_8: MixedWithWeight2,
    #[param(rename = "9", shape = [7])]
    pub mixed_9: Tensor<f32>,
    #[module(rename = "10")]
    pub mixed_10: MixedWithWeight2,
    #[param(rename = "11", shape = [7])]
    pub mixed_11: Tensor<f32>,
    #[module(rename = "12")]
    pub mixed_12: MixedWithWeight2,
}

/// At `mixed.*`.
#[derive(Clone, Debug, Module)]
pub struct MixedWithWeight2 {
    #[param(shape = [7])]
    pub weight: Tensor<f32>,
}

/// At `named`.
#[derive(Clone, Debug, Module)]
pub struct Named {
    #[param(rename = "0", shape = [7])]
    pub named_0: Tensor<f32>,
    #[param(rename = "1", shape = [7])]
    pub named_1: Tensor<f32>,
    #[param(rename = "2", shape = [7])]
    pub named_2: Tensor<f32>,
    #[param(rename = "3", shape = [7])]
    pub named_3: Tensor<f32>,
    #[param(rename = "5", shape = [7])]
    pub named_5: Tensor<f32>,
    #[param(rename = "6", shape = [7])]
    pub named_6: Tensor<f32>,
    #[param(rename = "7", shape = [7])]
    pub named_7: Tensor<f32>,
    #[param(rename = "8", shape = [7])]
    pub named_8: Tensor<f32>,
    #[param(rename = "9", shape = [7])]
    pub named_9: Tensor<f32>,
    #[param(rename = "10", shape = [7])]
    pub named_10: Tensor<f32>,
    #[param(rename = "11", shape = [7])]
    pub named_11: Tensor<f32>,
    #[param(rename = "12", shape = [7])]
    pub named_12: Tensor<f32>,
    #[param(shape = [7])]
    pub last: Tensor<f32>,
}

/// At `triangle`.
#[derive(Clone, Debug, Module)]
pub struct Triangle {
    #[module(rename = "0", len = 2)]
    pub triangle_0: Vec<Linear<5, 6>>,
    #[module(rename = "1")]
    pub triangle_1: (Linear<5, 6>, (), Linear<5, 6>),
    #[module(rename = "2")]
    pub triangle_2: (Linear<5, 6>, (), (), Linear<5, 6>),
}

/// At `tuple_with_tensors`.
#[derive(Clone, Debug, Module)]
pub struct TupleWithTensors {
    #[param(rename = "0", len = 3, shape = [4])]
    pub tuple_with_tensor_0: Vec<Tensor<f32>>,
    #[module(rename = "1", len = 3)]
    pub tuple_with_tensor_1: Vec<Linear<4, 4>>,
}

/// At `unlike`.
#[derive(Clone, Debug, Module)]
pub struct Unlike {
    #[module(rename = "0")]
    pub unlike_0: Linear<5, 3>,
    #[module(rename = "1")]
    pub unlike_1: Linear<5, 4>,
    #[module(rename = "2")]
    pub unlike_2: Linear<5, 5>,
    #[module(rename = "3")]
    pub unlike_3: Linear<5, 6>,
    #[module(rename = "4")]
    pub unlike_4: Linear<5, 7>,
    #[module(rename = "5")]
    pub unlike_5: Linear<5, 8>,
    #[module(rename = "6")]
    pub unlike_6: Linear<5, 9>,
    #[module(rename = "7")]
    pub unlike_7: Linear<5, 10>,
    #[module(rename = "8")]
    pub unlike_8: Linear<5, 11>,
    #[module(rename = "9")]
    pub unlike_9: Linear<5, 12>,
    #[module(rename = "10")]
    pub unlike_10: Linear<5, 13>,
    #[module(rename = "11")]
    pub unlike_11: Linear<5, 14>,
    #[module(rename = "12")]
    pub unlike_12: Linear<5, 15>,
}

/// At `unlike_tensors`.
#[derive(Clone, Debug, Module)]
pub struct UnlikeTensors {
    #[param(rename = "0", shape = [1])]
    pub unlike_tensor_0: Tensor<f32>,
    #[param(rename = "1", shape = [2])]
    pub unlike_tensor_1: Tensor<f32>,
    #[param(rename = "2", shape = [3])]
    pub unlike_tensor_2: Tensor<f32>,
    #[param(rename = "3", shape = [4])]
    pub unlike_tensor_3: Tensor<f32>,
    #[param(rename = "4", shape = [5])]
    pub unlike_tensor_4: Tensor<f32>,
    #[param(rename = "5", shape = [6])]
    pub unlike_tensor_5: Tensor<f32>,
    #[param(rename = "6", shape = [7])]
    pub unlike_tensor_6: Tensor<f32>,
    #[param(rename = "7", shape = [8])]
    pub unlike_tensor_7: Tensor<f32>,
    #[param(rename = "8", shape = [9])]
    pub unlike_tensor_8: Tensor<f32>,
    #[param(rename = "9", shape = [10])]
    pub unlike_tensor_9: Tensor<f32>,
    #[param(rename = "10", shape = [11])]
    pub unlike_tensor_10: Tensor<f32>,
    #[param(rename = "11", shape = [12])]
    pub unlike_tensor_11: Tensor<f32>,
    #[param(rename = "12", shape = [13])]
    pub unlike_tensor_12: Tensor<f32>,
}

/// At `vgg`.
#[derive(Clone, Debug, Module)]
pub struct Vgg {
    #[module(rename = "0")]
    pub vgg_0: Linear<5, 6>,
    #[module(rename = "2")]
    pub vgg_2: Linear<5, 6>,
    #[module(rename = "5")]
    pub vgg_5: Linear<5, 6>,
    #[module(rename = "7")]
    pub vgg_7: Linear<5, 6>,
    #[module(rename = "10")]
    pub vgg_10: Linear<5, 6>,
    #[module(rename = "12")]
    pub vgg_12: Linear<5, 6>,
    #[module(rename = "14")]
    pub vgg_14: Linear<5, 6>,
    #[module(rename = "17")]
    pub vgg_17: Linear<5, 6>,
}

/// A linear layer without a bias; its weight is `[out, in]`.
#[derive(Clone, Debug, Module)]
pub struct Linear<const IN: usize, const OUT: usize> {
    #[param(shape = [OUT, IN])]
    pub weight: Tensor<f32>,
}
