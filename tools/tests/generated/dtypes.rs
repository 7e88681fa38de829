// Loads `dtypes.safetensors` strictly: 145 tensors.
// Generated from the names, dtypes and shapes in it, and meant to be edited.

use half::{bf16, f16};
use weighbridge::{AnyTensor, Complex64, Module, Tensor};

/// The dtype of most of the floats.
pub type Float = f64;

/// The whole checkpoint.
#[derive(Clone, Debug, Module)]
pub struct Dtypes {
    #[module(rename = "BF16")]
    pub bf16: Bf16,
    #[module(rename = "BOOL")]
    pub bool: Bool,
    #[module(rename = "C64")]
    pub c64: C64,
    #[module(rename = "F4")]
    pub f4: F4,
    #[module(rename = "F16")]
    pub f16: F16,
    #[module(rename = "F32")]
    pub f32: F32,
    #[module(rename = "F64")]
    pub f64: F64,
    #[module(rename = "F6_E2M3")]
    pub f6_e2m3: F6E2m3,
    #[module(rename = "F6_E3M2")]
    pub f6_e3m2: F6E3m2,
    #[module(rename = "F8_E4M3")]
    pub f8_e4m3: F8E4m3,
    #[module(rename = "F8_E4M3FNUZ")]
    pub f8_e4m3fnuz: F8E4m3fnuz,
    #[module(rename = "F8_E5M2")]
    pub f8_e5m2: F8E5m2,
    #[module(rename = "F8_E5M2FNUZ")]
    pub f8_e5m2fnuz: F8E5m2fnuz,
    #[module(rename = "F8_E8M0")]
    pub f8_e8m0: F8E8m0,
    #[module(rename = "I8")]
    pub i8: I8,
    #[module(rename = "I16")]
    pub i16: I16,
    #[module(rename = "I32")]
    pub i32: I32,
    #[module(rename = "I64")]
    pub i64: I64,
    #[module(rename = "U8")]
    pub u8: U8,
    #[module(rename = "U16")]
    pub u16: U16,
    #[module(rename = "U32")]
    pub u32: U32,
    #[module(rename = "U64")]
    pub u64: U64,
    pub list: List,
    pub scalars: Scalars,
}

/// At `BF16`.
#[derive(Clone, Debug, Module)]
pub struct Bf16 {
    #[param(shape = [0, 8])]
    pub empty: Tensor<bf16>,
    #[param(shape = [4, 8])]
    pub matrix: Tensor<bf16>,
    #[param]
    pub scalar: bf16,
}

/// At `BOOL`.
#[derive(Clone, Debug, Module)]
pub struct Bool {
    #[param(shape = [0, 8])]
    pub empty: Tensor<bool>,
    #[param(shape = [4, 8])]
    pub matrix: Tensor<bool>,
    #[param]
    pub scalar: bool,
}

/// At `C64`.
#[derive(Clone, Debug, Module)]
pub struct C64 {
    #[param(shape = [0, 8])]
    pub empty: Tensor<Complex64>,
    #[param(shape = [4, 8])]
    pub matrix: Tensor<Complex64>,
    #[param]
    pub scalar: Complex64,
}

/// At `F4`.
#[derive(Clone, Debug, Module)]
pub struct F4 {
    #[param(shape = [0, 8], dtype = "F4")]
    pub empty: AnyTensor,
    #[param(shape = [4, 8], dtype = "F4")]
    pub matrix: AnyTensor,
}

/// At `F16`.
#[derive(Clone, Debug, Module)]
pub struct F16 {
    #[param(shape = [0, 8])]
    pub empty: Tensor<f16>,
    #[param(shape = [4, 8])]
    pub matrix: Tensor<f16>,
    #[param]
    pub scalar: f16,
}

/// At `F32`.
#[derive(Clone, Debug, Module)]
pub struct F32 {
    #[param(shape = [0, 8])]
    pub empty: Tensor<f32>,
    #[param(shape = [4, 8])]
    pub matrix: Tensor<f32>,
    #[param]
    pub scalar: f32,
}

/// At `F64`.
#[derive(Clone, Debug, Module)]
pub struct F64 {
    #[param(shape = [0, 8])]
    pub empty: Tensor<Float>,
    #[param(shape = [4, 8])]
    pub matrix: Tensor<Float>,
    #[param]
    pub scalar: Float,
}

/// At `F6_E2M3`.
#[derive(Clone, Debug, Module)]
pub struct F6E2m3 {
    #[param(shape = [0, 8], dtype = "F6_E2M3")]
    pub empty: AnyTensor,
    #[param(shape = [4, 8], dtype = "F6_E2M3")]
    pub matrix: AnyTensor,
}

/// At `F6_E3M2`.
#[derive(Clone, Debug, Module)]
pub struct F6E3m2 {
    #[param(shape = [0, 8], dtype = "F6_E3M2")]
    pub empty: AnyTensor,
    #[param(shape = [4, 8], dtype = "F6_E3M2")]
    pub matrix: AnyTensor,
}

/// At `F8_E4M3`.
#[derive(Clone, Debug, Module)]
pub struct F8E4m3 {
    #[param(shape = [0, 8], dtype = "F8_E4M3")]
    pub empty: AnyTensor,
    #[param(shape = [4, 8], dtype = "F8_E4M3")]
    pub matrix: AnyTensor,
    #[param(shape = [], dtype = "F8_E4M3")]
    pub scalar: AnyTensor,
}

/// At `F8_E4M3FNUZ`.
#[derive(Clone, Debug, Module)]
pub struct F8E4m3fnuz {
    #[param(shape = [0, 8], dtype = "F8_E4M3FNUZ")]
    pub empty: AnyTensor,
    #[param(shape = [4, 8], dtype = "F8_E4M3FNUZ")]
    pub matrix: AnyTensor,
    #[param(shape = [], dtype = "F8_E4M3FNUZ")]
    pub scalar: AnyTensor,
}

/// At `F8_E5M2`.
#[derive(Clone, Debug, Module)]
pub struct F8E5m2 {
    #[param(shape = [0, 8], dtype = "F8_E5M2")]
    pub empty: AnyTensor,
    #[param(shape = [4, 8], dtype = "F8_E5M2")]
    pub matrix: AnyTensor,
    #[param(shape = [], dtype = "F8_E5M2")]
    pub scalar: AnyTensor,
}

/// At `F8_E5M2FNUZ`.
#[derive(Clone, Debug, Module)]
pub struct F8E5m2fnuz {
    #[param(shape = [0, 8], dtype = "F8_E5M2FNUZ")]
    pub empty: AnyTensor,
    #[param(shape = [4, 8], dtype = "F8_E5M2FNUZ")]
    pub matrix: AnyTensor,
    #[param(shape = [], dtype = "F8_E5M2FNUZ")]
    pub scalar: AnyTensor,
}

/// At `F8_E8M0`.
#[derive(Clone, Debug, Module)]
pub struct F8E8m0 {
    #[param(shape = [0, 8], dtype = "F8_E8M0")]
    pub empty: AnyTensor,
    #[param(shape = [4, 8], dtype = "F8_E8M0")]
    pub matrix: AnyTensor,
    #[param(shape = [], dtype = "F8_E8M0")]
    pub scalar: AnyTensor,
}

/// At `I8`.
#[derive(Clone, Debug, Module)]
pub struct I8 {
    #[param(shape = [0, 8])]
    pub empty: Tensor<i8>,
    #[param(shape = [4, 8])]
    pub matrix: Tensor<i8>,
    #[param]
    pub scalar: i8,
}

/// At `I16`.
#[derive(Clone, Debug, Module)]
pub struct I16 {
    #[param(shape = [0, 8])]
    pub empty: Tensor<i16>,
    #[param(shape = [4, 8])]
    pub matrix: Tensor<i16>,
    #[param]
    pub scalar: i16,
}

/// At `I32`.
#[derive(Clone, Debug, Module)]
pub struct I32 {
    #[param(shape = [0, 8])]
    pub empty: Tensor<i32>,
    #[param(shape = [4, 8])]
    pub matrix: Tensor<i32>,
    #[param]
    pub scalar: i32,
}

/// At `I64`.
#[derive(Clone, Debug, Module)]
pub struct I64 {
    #[param(shape = [0, 8])]
    pub empty: Tensor<i64>,
    #[param(shape = [4, 8])]
    pub matrix: Tensor<i64>,
    #[param]
    pub scalar: i64,
}

/// At `U8`.
#[derive(Clone, Debug, Module)]
pub struct U8 {
    #[param(shape = [0, 8])]
    pub empty: Tensor<u8>,
    #[param(shape = [4, 8])]
    pub matrix: Tensor<u8>,
    #[param]
    pub scalar: u8,
}

/// At `U16`.
#[derive(Clone, Debug, Module)]
pub struct U16 {
    #[param(shape = [0, 8])]
    pub empty: Tensor<u16>,
    #[param(shape = [4, 8])]
    pub matrix: Tensor<u16>,
    #[param]
    pub scalar: u16,
}

/// At `U32`.
#[derive(Clone, Debug, Module)]
pub struct U32 {
    #[param(shape = [0, 8])]
    pub empty: Tensor<u32>,
    #[param(shape = [4, 8])]
    pub matrix: Tensor<u32>,
    #[param]
    pub scalar: u32,
}

/// At `U64`.
#[derive(Clone, Debug, Module)]
pub struct U64 {
    #[param(shape = [0, 8])]
    pub empty: Tensor<u64>,
    #[param(shape = [4, 8])]
    pub matrix: Tensor<u64>,
    #[param]
    pub scalar: u64,
}

/// At `list`.
#[derive(Clone, Debug, Module)]
pub struct List {
    #[param(rename = "BF16", len = 2, shape = [8])]
    pub bf16: Vec<Tensor<bf16>>,
    #[param(rename = "BOOL", len = 2, shape = [8])]
    pub bool: Vec<Tensor<bool>>,
    #[param(rename = "C64", len = 2, shape = [8])]
    pub c64: Vec<Tensor<Complex64>>,
    #[param(rename = "F4", len = 2, shape = [8], dtype = "F4")]
    pub f4: Vec<AnyTensor>,
    #[param(rename = "F16", len = 2, shape = [8])]
    pub f16: Vec<Tensor<f16>>,
    #[param(rename = "F32", len = 2, shape = [8])]
    pub f32: Vec<Tensor<f32>>,
    #[param(rename = "F64", len = 2, shape = [8])]
    pub f64: Vec<Tensor<Float>>,
    #[param(rename = "F6_E2M3", len = 2, shape = [8], dtype = "F6_E2M3")]
    pub f6_e2m3: Vec<AnyTensor>,
    #[param(rename = "F6_E3M2", len = 2, shape = [8], dtype = "F6_E3M2")]
    pub f6_e3m2: Vec<AnyTensor>,
    #[param(rename = "F8_E4M3", len = 2, shape = [8], dtype = "F8_E4M3")]
    pub f8_e4m3: Vec<AnyTensor>,
    #[param(rename = "F8_E4M3FNUZ", len = 2, shape = [8], dtype = "F8_E4M3FNUZ")]
    pub f8_e4m3fnuz: Vec<AnyTensor>,
    #[param(rename = "F8_E5M2", len = 2, shape = [8], dtype = "F8_E5M2")]
    pub f8_e5m2: Vec<AnyTensor>,
    #[param(rename = "F8_E5M2FNUZ", len = 2, shape = [8], dtype = "F8_E5M2FNUZ")]
    pub f8_e5m2fnuz: Vec<AnyTensor>,
    #[param(rename = "F8_E8M0", len = 2, shape = [8], dtype = "F8_E8M0")]
    pub f8_e8m0: Vec<AnyTensor>,
    #[param(rename = "I8", len = 2, shape = [8])]
    pub i8: Vec<Tensor<i8>>,
    #[param(rename = "I16", len = 2, shape = [8])]
    pub i16: Vec<Tensor<i16>>,
    #[param(rename = "I32", len = 2, shape = [8])]
    pub i32: Vec<Tensor<i32>>,
    #[param(rename = "I64", len = 2, shape = [8])]
    pub i64: Vec<Tensor<i64>>,
    #[param(rename = "U8", len = 2, shape = [8])]
    pub u8: Vec<Tensor<u8>>,
    #[param(rename = "U16", len = 2, shape = [8])]
    pub u16: Vec<Tensor<u16>>,
    #[param(rename = "U32", len = 2, shape = [8])]
    pub u32: Vec<Tensor<u32>>,
    #[param(rename = "U64", len = 2, shape = [8])]
    pub u64: Vec<Tensor<u64>>,
}

/// At `scalars`.
#[derive(Clone, Debug, Module)]
pub struct Scalars {
    #[param(rename = "BF16", len = 2, shape = [])]
    pub bf16: Vec<Tensor<bf16>>,
    #[param(rename = "BOOL", len = 2, shape = [])]
    pub bool: Vec<Tensor<bool>>,
    #[param(rename = "C64", len = 2, shape = [])]
    pub c64: Vec<Tensor<Complex64>>,
    #[param(rename = "F16", len = 2, shape = [])]
    pub f16: Vec<Tensor<f16>>,
    #[param(rename = "F32", len = 2, shape = [])]
    pub f32: Vec<Tensor<f32>>,
    #[param(rename = "F64", len = 2, shape = [])]
    pub f64: Vec<Tensor<Float>>,
    #[param(rename = "F8_E4M3", len = 2, shape = [], dtype = "F8_E4M3")]
    pub f8_e4m3: Vec<AnyTensor>,
    #[param(rename = "F8_E4M3FNUZ", len = 2, shape = [], dtype = "F8_E4M3FNUZ")]
    pub f8_e4m3fnuz: Vec<AnyTensor>,
    #[param(rename = "F8_E5M2", len = 2, shape = [], dtype = "F8_E5M2")]
    pub f8_e5m2: Vec<AnyTensor>,
    #[param(rename = "F8_E5M2FNUZ", len = 2, shape = [], dtype = "F8_E5M2FNUZ")]
    pub f8_e5m2fnuz: Vec<AnyTensor>,
    #[param(rename = "F8_E8M0", len = 2, shape = [], dtype = "F8_E8M0")]
    pub f8_e8m0: Vec<AnyTensor>,
    #[param(rename = "I8", len = 2, shape = [])]
    pub i8: Vec<Tensor<i8>>,
    #[param(rename = "I16", len = 2, shape = [])]
    pub i16: Vec<Tensor<i16>>,
    #[param(rename = "I32", len = 2, shape = [])]
    pub i32: Vec<Tensor<i32>>,
    #[param(rename = "I64", len = 2, shape = [])]
    pub i64: Vec<Tensor<i64>>,
    #[param(rename = "U8", len = 2, shape = [])]
    pub u8: Vec<Tensor<u8>>,
    #[param(rename = "U16", len = 2, shape = [])]
    pub u16: Vec<Tensor<u16>>,
    #[param(rename = "U32", len = 2, shape = [])]
    pub u32: Vec<Tensor<u32>>,
    #[param(rename = "U64", len = 2, shape = [])]
    pub u64: Vec<Tensor<u64>>,
}
