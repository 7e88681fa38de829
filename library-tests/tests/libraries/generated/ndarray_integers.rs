// Loads `a lock` strictly: 166 tensors.
// Generated from the names, dtypes and shapes in it, and meant to be edited.
// The file's untyped elements of two bytes (V2) are taken to be bfloat16.

use half::bf16;
use ndarray::{Array0, Array1, Array2, ArrayD};
use weighbridge::{AnyTensor, Module};

/// The dtype of most of the floats.
pub type Float = bf16;

pub const DIM_1099511627776: usize = 1_099_511_627_776;

/// The whole checkpoint.
#[derive(Clone, Debug, Module)]
pub struct Integers {
    pub bool: Bool,
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
pub struct Bool {
    #[param(len = 2)]
    pub list0: Vec<Array0<bool>>,
    #[param(len = 2, shape = [8])]
    pub list1: Vec<Array1<bool>>,
    #[param(len = 2, shape = [4, 8])]
    pub list2: Vec<Array2<bool>>,
    #[param(len = 2, shape = [0, 8])]
    pub list3: Vec<Array2<bool>>,
    #[param(len = 2, shape = [1, 1, 1, 1, 1, 1, 8])]
    pub list4: Vec<ArrayD<bool>>,
    #[param]
    pub rank0: Array0<bool>,
    #[param(shape = [8])]
    pub rank1: Array1<bool>,
    #[param(shape = [4, 8])]
    pub rank2: Array2<bool>,
    #[param(shape = [0, 8])]
    pub rank3: Array2<bool>,
    #[param(shape = [1, 1, 1, 1, 1, 1, 8])]
    pub rank4: ArrayD<bool>,
}

/// At `i8`.
#[derive(Clone, Debug, Module)]
pub struct I8 {
    #[param(len = 2)]
    pub list0: Vec<Array0<i8>>,
    #[param(len = 2, shape = [8])]
    pub list1: Vec<Array1<i8>>,
    #[param(len = 2, shape = [4, 8])]
    pub list2: Vec<Array2<i8>>,
    #[param(len = 2, shape = [0, 8])]
    pub list3: Vec<Array2<i8>>,
    #[param(len = 2, shape = [1, 1, 1, 1, 1, 1, 8])]
    pub list4: Vec<ArrayD<i8>>,
    #[param]
    pub rank0: Array0<i8>,
    #[param(shape = [8])]
    pub rank1: Array1<i8>,
    #[param(shape = [4, 8])]
    pub rank2: Array2<i8>,
    #[param(shape = [0, 8])]
    pub rank3: Array2<i8>,
    #[param(shape = [1, 1, 1, 1, 1, 1, 8])]
    pub rank4: ArrayD<i8>,
}

/// At `i16`.
#[derive(Clone, Debug, Module)]
pub struct I16 {
    #[param(len = 2)]
    pub list0: Vec<Array0<i16>>,
    #[param(len = 2, shape = [8])]
    pub list1: Vec<Array1<i16>>,
    #[param(len = 2, shape = [4, 8])]
    pub list2: Vec<Array2<i16>>,
    #[param(len = 2, shape = [0, 8])]
    pub list3: Vec<Array2<i16>>,
    #[param(len = 2, shape = [1, 1, 1, 1, 1, 1, 8])]
    pub list4: Vec<ArrayD<i16>>,
    #[param]
    pub rank0: Array0<i16>,
    #[param(shape = [8])]
    pub rank1: Array1<i16>,
    #[param(shape = [4, 8])]
    pub rank2: Array2<i16>,
    #[param(shape = [0, 8])]
    pub rank3: Array2<i16>,
    #[param(shape = [1, 1, 1, 1, 1, 1, 8])]
    pub rank4: ArrayD<i16>,
}

/// At `i32`.
#[derive(Clone, Debug, Module)]
pub struct I32 {
    #[param(len = 2)]
    pub list0: Vec<Array0<i32>>,
    #[param(len = 2, shape = [8])]
    pub list1: Vec<Array1<i32>>,
    #[param(len = 2, shape = [4, 8])]
    pub list2: Vec<Array2<i32>>,
    #[param(len = 2, shape = [0, 8])]
    pub list3: Vec<Array2<i32>>,
    #[param(len = 2, shape = [1, 1, 1, 1, 1, 1, 8])]
    pub list4: Vec<ArrayD<i32>>,
    #[param]
    pub rank0: Array0<i32>,
    #[param(shape = [8])]
    pub rank1: Array1<i32>,
    #[param(shape = [4, 8])]
    pub rank2: Array2<i32>,
    #[param(shape = [0, 8])]
    pub rank3: Array2<i32>,
    #[param(shape = [1, 1, 1, 1, 1, 1, 8])]
    pub rank4: ArrayD<i32>,
}

/// At `i64`.
#[derive(Clone, Debug, Module)]
pub struct I64 {
    #[param(len = 2)]
    pub list0: Vec<Array0<i64>>,
    #[param(len = 2, shape = [8])]
    pub list1: Vec<Array1<i64>>,
    #[param(len = 2, shape = [4, 8])]
    pub list2: Vec<Array2<i64>>,
    #[param(len = 2, shape = [0, 8])]
    pub list3: Vec<Array2<i64>>,
    #[param(len = 2, shape = [1, 1, 1, 1, 1, 1, 8])]
    pub list4: Vec<ArrayD<i64>>,
    #[param]
    pub rank0: Array0<i64>,
    #[param(shape = [8])]
    pub rank1: Array1<i64>,
    #[param(shape = [4, 8])]
    pub rank2: Array2<i64>,
    #[param(shape = [0, 8])]
    pub rank3: Array2<i64>,
    #[param(shape = [1, 1, 1, 1, 1, 1, 8])]
    pub rank4: ArrayD<i64>,
}

/// At `u8`.
#[derive(Clone, Debug, Module)]
pub struct U8 {
    #[param(len = 2)]
    pub list0: Vec<Array0<u8>>,
    #[param(len = 2, shape = [8])]
    pub list1: Vec<Array1<u8>>,
    #[param(len = 2, shape = [4, 8])]
    pub list2: Vec<Array2<u8>>,
    #[param(len = 2, shape = [0, 8])]
    pub list3: Vec<Array2<u8>>,
    #[param(len = 2, shape = [1, 1, 1, 1, 1, 1, 8])]
    pub list4: Vec<ArrayD<u8>>,
    #[param]
    pub rank0: Array0<u8>,
    #[param(shape = [8])]
    pub rank1: Array1<u8>,
    #[param(shape = [4, 8])]
    pub rank2: Array2<u8>,
    #[param(shape = [0, 8])]
    pub rank3: Array2<u8>,
    #[param(shape = [1, 1, 1, 1, 1, 1, 8])]
    pub rank4: ArrayD<u8>,
}

/// At `u16`.
#[derive(Clone, Debug, Module)]
pub struct U16 {
    #[param(len = 2)]
    pub list0: Vec<Array0<u16>>,
    #[param(len = 2, shape = [8])]
    pub list1: Vec<Array1<u16>>,
    #[param(len = 2, shape = [4, 8])]
    pub list2: Vec<Array2<u16>>,
    #[param(len = 2, shape = [0, 8])]
    pub list3: Vec<Array2<u16>>,
    #[param(len = 2, shape = [1, 1, 1, 1, 1, 1, 8])]
    pub list4: Vec<ArrayD<u16>>,
    #[param]
    pub rank0: Array0<u16>,
    #[param(shape = [8])]
    pub rank1: Array1<u16>,
    #[param(shape = [4, 8])]
    pub rank2: Array2<u16>,
    #[param(shape = [0, 8])]
    pub rank3: Array2<u16>,
    #[param(shape = [1, 1, 1, 1, 1, 1, 8])]
    pub rank4: ArrayD<u16>,
}

/// At `u32`.
#[derive(Clone, Debug, Module)]
pub struct U32 {
    #[param(len = 2)]
    pub list0: Vec<Array0<u32>>,
    #[param(len = 2, shape = [8])]
    pub list1: Vec<Array1<u32>>,
    #[param(len = 2, shape = [4, 8])]
    pub list2: Vec<Array2<u32>>,
    #[param(len = 2, shape = [0, 8])]
    pub list3: Vec<Array2<u32>>,
    #[param(len = 2, shape = [1, 1, 1, 1, 1, 1, 8])]
    pub list4: Vec<ArrayD<u32>>,
    #[param]
    pub rank0: Array0<u32>,
    #[param(shape = [8])]
    pub rank1: Array1<u32>,
    #[param(shape = [4, 8])]
    pub rank2: Array2<u32>,
    #[param(shape = [0, 8])]
    pub rank3: Array2<u32>,
    #[param(shape = [1, 1, 1, 1, 1, 1, 8])]
    pub rank4: ArrayD<u32>,
}

/// At `u64`.
#[derive(Clone, Debug, Module)]
pub struct U64 {
    #[param(len = 2)]
    pub list0: Vec<Array0<u64>>,
    #[param(len = 2, shape = [8])]
    pub list1: Vec<Array1<u64>>,
    #[param(len = 2, shape = [4, 8])]
    pub list2: Vec<Array2<u64>>,
    #[param(len = 2, shape = [0, 8])]
    pub list3: Vec<Array2<u64>>,
    #[param(len = 2, shape = [1, 1, 1, 1, 1, 1, 8])]
    pub list4: Vec<ArrayD<u64>>,
    #[param]
    pub rank0: Array0<u64>,
    #[param(shape = [8])]
    pub rank1: Array1<u64>,
    #[param(shape = [4, 8])]
    pub rank2: Array2<u64>,
    #[param(shape = [0, 8])]
    pub rank3: Array2<u64>,
    #[param(shape = [1, 1, 1, 1, 1, 1, 8])]
    pub rank4: ArrayD<u64>,
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
    #[param(len = 2)]
    pub list0: Vec<Array0<Float>>,
    #[param(len = 2, shape = [8])]
    pub list1: Vec<Array1<Float>>,
    #[param(len = 2, shape = [4, 8])]
    pub list2: Vec<Array2<Float>>,
    #[param(len = 2, shape = [0, 8])]
    pub list3: Vec<Array2<Float>>,
    #[param(len = 2, shape = [1, 1, 1, 1, 1, 1, 8])]
    pub list4: Vec<ArrayD<Float>>,
    #[param]
    pub rank0: Array0<Float>,
    #[param(shape = [8])]
    pub rank1: Array1<Float>,
    #[param(shape = [4, 8])]
    pub rank2: Array2<Float>,
    #[param(shape = [0, 8])]
    pub rank3: Array2<Float>,
    #[param(shape = [1, 1, 1, 1, 1, 1, 8])]
    pub rank4: ArrayD<Float>,
}
