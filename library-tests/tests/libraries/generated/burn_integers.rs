// Loads `a lock` strictly: 166 tensors.
// Generated from the names, dtypes and shapes in it, and meant to be edited.
// The file's untyped elements of two bytes (V2) are taken to be bfloat16.

use burn::tensor::{Bool, Int, Tensor};
use half::bf16;
use weighbridge::{AnyTensor, DType, Module};

/// The dtype of most of the floats.
pub type Float = bf16;

/// The dtype of most of the floats.
pub const FLOAT: &[DType] = &[DType::BF16];

pub const DIM_1099511627776: usize = 1_099_511_627_776;

/// The whole checkpoint.
#[derive(Clone, Debug, Module)]
pub struct Integers {
    pub bool: BoolModel,
    pub i8: I8,
    pub i16: I16,
    pub i32: I32,
    pub i64: I64,
    #[param(shape = [0, DIM_1099511627776, DIM_1099511627776], dtype = "F32")]
    pub large: AnyTensor,
    pub u8: U8,
    pub u16: U16,
    pub u32: U32,
    pub u64: U64,
    pub v1: V1,
    pub v2: V2,
}

/// At `bool`.
#[derive(Clone, Debug, Module)]
pub struct BoolModel {
    #[param(len = 2, shape = [], dtype = "BOOL")]
    pub list0: Vec<AnyTensor>,
    #[param(len = 2, shape = [8])]
    pub list1: Vec<Tensor<1, Bool>>,
    #[param(len = 2, shape = [4, 8])]
    pub list2: Vec<Tensor<2, Bool>>,
    #[param(len = 2, shape = [0, 8])]
    pub list3: Vec<Tensor<2, Bool>>,
    #[param(len = 2, shape = [1, 1, 1, 1, 1, 1, 8])]
    pub list4: Vec<Tensor<7, Bool>>,
    #[param]
    pub rank0: bool,
    #[param(shape = [8])]
    pub rank1: Tensor<1, Bool>,
    #[param(shape = [4, 8])]
    pub rank2: Tensor<2, Bool>,
    #[param(shape = [0, 8])]
    pub rank3: Tensor<2, Bool>,
    #[param(shape = [1, 1, 1, 1, 1, 1, 8])]
    pub rank4: Tensor<7, Bool>,
}

/// At `i8`.
#[derive(Clone, Debug, Module)]
pub struct I8 {
    #[param(len = 2, shape = [], dtype = "I8")]
    pub list0: Vec<AnyTensor>,
    #[param(len = 2, shape = [8], dtype = "I8")]
    pub list1: Vec<Tensor<1, Int>>,
    #[param(len = 2, shape = [4, 8], dtype = "I8")]
    pub list2: Vec<Tensor<2, Int>>,
    #[param(len = 2, shape = [0, 8], dtype = "I8")]
    pub list3: Vec<Tensor<2, Int>>,
    #[param(len = 2, shape = [1, 1, 1, 1, 1, 1, 8], dtype = "I8")]
    pub list4: Vec<Tensor<7, Int>>,
    #[param]
    pub rank0: i8,
    #[param(shape = [8], dtype = "I8")]
    pub rank1: Tensor<1, Int>,
    #[param(shape = [4, 8], dtype = "I8")]
    pub rank2: Tensor<2, Int>,
    #[param(shape = [0, 8], dtype = "I8")]
    pub rank3: Tensor<2, Int>,
    #[param(shape = [1, 1, 1, 1, 1, 1, 8], dtype = "I8")]
    pub rank4: Tensor<7, Int>,
}

/// At `i16`.
#[derive(Clone, Debug, Module)]
pub struct I16 {
    #[param(len = 2, shape = [], dtype = "I16")]
    pub list0: Vec<AnyTensor>,
    #[param(len = 2, shape = [8], dtype = "I16")]
    pub list1: Vec<Tensor<1, Int>>,
    #[param(len = 2, shape = [4, 8], dtype = "I16")]
    pub list2: Vec<Tensor<2, Int>>,
    #[param(len = 2, shape = [0, 8], dtype = "I16")]
    pub list3: Vec<Tensor<2, Int>>,
    #[param(len = 2, shape = [1, 1, 1, 1, 1, 1, 8], dtype = "I16")]
    pub list4: Vec<Tensor<7, Int>>,
    #[param]
    pub rank0: i16,
    #[param(shape = [8], dtype = "I16")]
    pub rank1: Tensor<1, Int>,
    #[param(shape = [4, 8], dtype = "I16")]
    pub rank2: Tensor<2, Int>,
    #[param(shape = [0, 8], dtype = "I16")]
    pub rank3: Tensor<2, Int>,
    #[param(shape = [1, 1, 1, 1, 1, 1, 8], dtype = "I16")]
    pub rank4: Tensor<7, Int>,
}

/// At `i32`.
#[derive(Clone, Debug, Module)]
pub struct I32 {
    #[param(len = 2, shape = [], dtype = "I32")]
    pub list0: Vec<AnyTensor>,
    #[param(len = 2, shape = [8], dtype = "I32")]
    pub list1: Vec<Tensor<1, Int>>,
    #[param(len = 2, shape = [4, 8], dtype = "I32")]
    pub list2: Vec<Tensor<2, Int>>,
    #[param(len = 2, shape = [0, 8], dtype = "I32")]
    pub list3: Vec<Tensor<2, Int>>,
    #[param(len = 2, shape = [1, 1, 1, 1, 1, 1, 8], dtype = "I32")]
    pub list4: Vec<Tensor<7, Int>>,
    #[param]
    pub rank0: i32,
    #[param(shape = [8], dtype = "I32")]
    pub rank1: Tensor<1, Int>,
    #[param(shape = [4, 8], dtype = "I32")]
    pub rank2: Tensor<2, Int>,
    #[param(shape = [0, 8], dtype = "I32")]
    pub rank3: Tensor<2, Int>,
    #[param(shape = [1, 1, 1, 1, 1, 1, 8], dtype = "I32")]
    pub rank4: Tensor<7, Int>,
}

/// At `i64`.
#[derive(Clone, Debug, Module)]
pub struct I64 {
    #[param(len = 2, shape = [], dtype = "I64")]
    pub list0: Vec<AnyTensor>,
    #[param(len = 2, shape = [8], dtype = "I64")]
    pub list1: Vec<Tensor<1, Int>>,
    #[param(len = 2, shape = [4, 8], dtype = "I64")]
    pub list2: Vec<Tensor<2, Int>>,
    #[param(len = 2, shape = [0, 8], dtype = "I64")]
    pub list3: Vec<Tensor<2, Int>>,
    #[param(len = 2, shape = [1, 1, 1, 1, 1, 1, 8], dtype = "I64")]
    pub list4: Vec<Tensor<7, Int>>,
    #[param]
    pub rank0: i64,
    #[param(shape = [8], dtype = "I64")]
    pub rank1: Tensor<1, Int>,
    #[param(shape = [4, 8], dtype = "I64")]
    pub rank2: Tensor<2, Int>,
    #[param(shape = [0, 8], dtype = "I64")]
    pub rank3: Tensor<2, Int>,
    #[param(shape = [1, 1, 1, 1, 1, 1, 8], dtype = "I64")]
    pub rank4: Tensor<7, Int>,
}

/// At `u8`.
#[derive(Clone, Debug, Module)]
pub struct U8 {
    #[param(len = 2, shape = [], dtype = "U8")]
    pub list0: Vec<AnyTensor>,
    #[param(len = 2, shape = [8], dtype = "U8")]
    pub list1: Vec<Tensor<1, Int>>,
    #[param(len = 2, shape = [4, 8], dtype = "U8")]
    pub list2: Vec<Tensor<2, Int>>,
    #[param(len = 2, shape = [0, 8], dtype = "U8")]
    pub list3: Vec<Tensor<2, Int>>,
    #[param(len = 2, shape = [1, 1, 1, 1, 1, 1, 8], dtype = "U8")]
    pub list4: Vec<Tensor<7, Int>>,
    #[param]
    pub rank0: u8,
    #[param(shape = [8], dtype = "U8")]
    pub rank1: Tensor<1, Int>,
    #[param(shape = [4, 8], dtype = "U8")]
    pub rank2: Tensor<2, Int>,
    #[param(shape = [0, 8], dtype = "U8")]
    pub rank3: Tensor<2, Int>,
    #[param(shape = [1, 1, 1, 1, 1, 1, 8], dtype = "U8")]
    pub rank4: Tensor<7, Int>,
}

/// At `u16`.
#[derive(Clone, Debug, Module)]
pub struct U16 {
    #[param(len = 2, shape = [], dtype = "U16")]
    pub list0: Vec<AnyTensor>,
    #[param(len = 2, shape = [8], dtype = "U16")]
    pub list1: Vec<Tensor<1, Int>>,
    #[param(len = 2, shape = [4, 8], dtype = "U16")]
    pub list2: Vec<Tensor<2, Int>>,
    #[param(len = 2, shape = [0, 8], dtype = "U16")]
    pub list3: Vec<Tensor<2, Int>>,
    #[param(len = 2, shape = [1, 1, 1, 1, 1, 1, 8], dtype = "U16")]
    pub list4: Vec<Tensor<7, Int>>,
    #[param]
    pub rank0: u16,
    #[param(shape = [8], dtype = "U16")]
    pub rank1: Tensor<1, Int>,
    #[param(shape = [4, 8], dtype = "U16")]
    pub rank2: Tensor<2, Int>,
    #[param(shape = [0, 8], dtype = "U16")]
    pub rank3: Tensor<2, Int>,
    #[param(shape = [1, 1, 1, 1, 1, 1, 8], dtype = "U16")]
    pub rank4: Tensor<7, Int>,
}

/// At `u32`.
#[derive(Clone, Debug, Module)]
pub struct U32 {
    #[param(len = 2, shape = [], dtype = "U32")]
    pub list0: Vec<AnyTensor>,
    #[param(len = 2, shape = [8], dtype = "U32")]
    pub list1: Vec<Tensor<1, Int>>,
    #[param(len = 2, shape = [4, 8], dtype = "U32")]
    pub list2: Vec<Tensor<2, Int>>,
    #[param(len = 2, shape = [0, 8], dtype = "U32")]
    pub list3: Vec<Tensor<2, Int>>,
    #[param(len = 2, shape = [1, 1, 1, 1, 1, 1, 8], dtype = "U32")]
    pub list4: Vec<Tensor<7, Int>>,
    #[param]
    pub rank0: u32,
    #[param(shape = [8], dtype = "U32")]
    pub rank1: Tensor<1, Int>,
    #[param(shape = [4, 8], dtype = "U32")]
    pub rank2: Tensor<2, Int>,
    #[param(shape = [0, 8], dtype = "U32")]
    pub rank3: Tensor<2, Int>,
    #[param(shape = [1, 1, 1, 1, 1, 1, 8], dtype = "U32")]
    pub rank4: Tensor<7, Int>,
}

/// At `u64`.
#[derive(Clone, Debug, Module)]
pub struct U64 {
    #[param(len = 2, shape = [], dtype = "U64")]
    pub list0: Vec<AnyTensor>,
    #[param(len = 2, shape = [8], dtype = "U64")]
    pub list1: Vec<Tensor<1, Int>>,
    #[param(len = 2, shape = [4, 8], dtype = "U64")]
    pub list2: Vec<Tensor<2, Int>>,
    #[param(len = 2, shape = [0, 8], dtype = "U64")]
    pub list3: Vec<Tensor<2, Int>>,
    #[param(len = 2, shape = [1, 1, 1, 1, 1, 1, 8], dtype = "U64")]
    pub list4: Vec<Tensor<7, Int>>,
    #[param]
    pub rank0: u64,
    #[param(shape = [8], dtype = "U64")]
    pub rank1: Tensor<1, Int>,
    #[param(shape = [4, 8], dtype = "U64")]
    pub rank2: Tensor<2, Int>,
    #[param(shape = [0, 8], dtype = "U64")]
    pub rank3: Tensor<2, Int>,
    #[param(shape = [1, 1, 1, 1, 1, 1, 8], dtype = "U64")]
    pub rank4: Tensor<7, Int>,
}

/// At `v1`.
#[derive(Clone, Debug, Module)]
pub struct V1 {
    #[param(len = 2, shape = [], dtype = "V1")]
    pub list0: Vec<AnyTensor>,
    #[param(len = 2, shape = [8], dtype = "V1")]
    pub list1: Vec<AnyTensor>,
    #[param(len = 2, shape = [4, 8], dtype = "V1")]
    pub list2: Vec<AnyTensor>,
    #[param(len = 2, shape = [0, 8], dtype = "V1")]
    pub list3: Vec<AnyTensor>,
    #[param(len = 2, shape = [1, 1, 1, 1, 1, 1, 8], dtype = "V1")]
    pub list4: Vec<AnyTensor>,
    #[param(shape = [], dtype = "V1")]
    pub rank0: AnyTensor,
    #[param(shape = [8], dtype = "V1")]
    pub rank1: AnyTensor,
    #[param(shape = [4, 8], dtype = "V1")]
    pub rank2: AnyTensor,
    #[param(shape = [0, 8], dtype = "V1")]
    pub rank3: AnyTensor,
    #[param(shape = [1, 1, 1, 1, 1, 1, 8], dtype = "V1")]
    pub rank4: AnyTensor,
}

/// At `v2`.
#[derive(Clone, Debug, Module)]
pub struct V2 {
    #[param(len = 2, shape = [], dtype = FLOAT)]
    pub list0: Vec<AnyTensor>,
    #[param(len = 2, shape = [8], dtype = FLOAT)]
    pub list1: Vec<Tensor<1>>,
    #[param(len = 2, shape = [4, 8], dtype = FLOAT)]
    pub list2: Vec<Tensor<2>>,
    #[param(len = 2, shape = [0, 8], dtype = FLOAT)]
    pub list3: Vec<Tensor<2>>,
    #[param(len = 2, shape = [1, 1, 1, 1, 1, 1, 8], dtype = FLOAT)]
    pub list4: Vec<Tensor<7>>,
    #[param]
    pub rank0: Float,
    #[param(shape = [8], dtype = FLOAT)]
    pub rank1: Tensor<1>,
    #[param(shape = [4, 8], dtype = FLOAT)]
    pub rank2: Tensor<2>,
    #[param(shape = [0, 8], dtype = FLOAT)]
    pub rank3: Tensor<2>,
    #[param(shape = [1, 1, 1, 1, 1, 1, 8], dtype = FLOAT)]
    pub rank4: Tensor<7>,
}
