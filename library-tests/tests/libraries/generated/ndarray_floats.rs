// Loads `a lock` strictly: 187 tensors.
// Generated from the names, dtypes and shapes in it, and meant to be edited.

use half::{bf16, f16};
use ndarray::{Array0, Array1, Array2, ArrayD};
use weighbridge::{AnyTensor, Complex64, DType, Module};

/// The dtype of most of the floats.
pub type Float = f32;

/// The dtype of most of the floats.
pub const FLOAT: &[DType] = &[DType::F32];

pub const DIM_1099511627776: usize = 1_099_511_627_776;

/// The whole checkpoint.
#[derive(Clone, Debug, Module)]
pub struct Floats {
    pub bf16: Bf16,
    pub c64: C64,
    pub f4: F4,
    pub f16: F16,
    pub f32: F32,
    pub f64: F64,
    pub f6_e2m3: F6E2m3,
    pub f6_e3m2: F6E3m2,
    pub f8_e4m3: F8E4m3,
    pub f8_e4m3fnuz: F8E4m3fnuz,
    pub f8_e5m2: F8E5m2,
    pub f8_e5m2fnuz: F8E5m2fnuz,
    pub f8_e8m0: F8E8m0,
    #[param(shape = [0, DIM_1099511627776, DIM_1099511627776], dtype = FLOAT)]
    pub large: AnyTensor,
}

/// At `bf16`.
#[derive(Clone, Debug, Module)]
pub struct Bf16 {
    #[param(len = 2)]
    pub list0: Vec<Array0<bf16>>,
    #[param(len = 2, shape = [8])]
    pub list1: Vec<Array1<bf16>>,
    #[param(len = 2, shape = [4, 8])]
    pub list2: Vec<Array2<bf16>>,
    #[param(len = 2, shape = [0, 8])]
    pub list3: Vec<Array2<bf16>>,
    #[param(len = 2, shape = [1, 1, 1, 1, 1, 1, 8])]
    pub list4: Vec<ArrayD<bf16>>,
    #[param]
    pub rank0: Array0<bf16>,
    #[param(shape = [8])]
    pub rank1: Array1<bf16>,
    #[param(shape = [4, 8])]
    pub rank2: Array2<bf16>,
    #[param(shape = [0, 8])]
    pub rank3: Array2<bf16>,
    #[param(shape = [1, 1, 1, 1, 1, 1, 8])]
    pub rank4: ArrayD<bf16>,
}

/// At `c64`.
#[derive(Clone, Debug, Module)]
pub struct C64 {
    #[param(len = 2)]
    pub list0: Vec<Array0<Complex64>>,
    #[param(len = 2, shape = [8])]
    pub list1: Vec<Array1<Complex64>>,
    #[param(len = 2, shape = [4, 8])]
    pub list2: Vec<Array2<Complex64>>,
    #[param(len = 2, shape = [0, 8])]
    pub list3: Vec<Array2<Complex64>>,
    #[param(len = 2, shape = [1, 1, 1, 1, 1, 1, 8])]
    pub list4: Vec<ArrayD<Complex64>>,
    #[param]
    pub rank0: Array0<Complex64>,
    #[param(shape = [8])]
    pub rank1: Array1<Complex64>,
    #[param(shape = [4, 8])]
    pub rank2: Array2<Complex64>,
    #[param(shape = [0, 8])]
    pub rank3: Array2<Complex64>,
    #[param(shape = [1, 1, 1, 1, 1, 1, 8])]
    pub rank4: ArrayD<Complex64>,
}

/// At `f4`.
#[derive(Clone, Debug, Module)]
pub struct F4 {
    #[param(len = 2, shape = [8], dtype = "F4")]
    pub list1: Vec<AnyTensor>,
    #[param(len = 2, shape = [4, 8], dtype = "F4")]
    pub list2: Vec<AnyTensor>,
    #[param(len = 2, shape = [0, 8], dtype = "F4")]
    pub list3: Vec<AnyTensor>,
    #[param(len = 2, shape = [1, 1, 1, 1, 1, 1, 8], dtype = "F4")]
    pub list4: Vec<AnyTensor>,
    #[param(shape = [8], dtype = "F4")]
    pub rank1: AnyTensor,
    #[param(shape = [4, 8], dtype = "F4")]
    pub rank2: AnyTensor,
    #[param(shape = [0, 8], dtype = "F4")]
    pub rank3: AnyTensor,
    #[param(shape = [1, 1, 1, 1, 1, 1, 8], dtype = "F4")]
    pub rank4: AnyTensor,
}

/// At `f16`.
#[derive(Clone, Debug, Module)]
pub struct F16 {
    #[param(len = 2)]
    pub list0: Vec<Array0<f16>>,
    #[param(len = 2, shape = [8])]
    pub list1: Vec<Array1<f16>>,
    #[param(len = 2, shape = [4, 8])]
    pub list2: Vec<Array2<f16>>,
    #[param(len = 2, shape = [0, 8])]
    pub list3: Vec<Array2<f16>>,
    #[param(len = 2, shape = [1, 1, 1, 1, 1, 1, 8])]
    pub list4: Vec<ArrayD<f16>>,
    #[param]
    pub rank0: Array0<f16>,
    #[param(shape = [8])]
    pub rank1: Array1<f16>,
    #[param(shape = [4, 8])]
    pub rank2: Array2<f16>,
    #[param(shape = [0, 8])]
    pub rank3: Array2<f16>,
    #[param(shape = [1, 1, 1, 1, 1, 1, 8])]
    pub rank4: ArrayD<f16>,
}

/// At `f32`.
#[derive(Clone, Debug, Module)]
pub struct F32 {
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

/// At `f64`.
#[derive(Clone, Debug, Module)]
pub struct F64 {
    #[param(len = 2)]
    pub list0: Vec<Array0<f64>>,
    #[param(len = 2, shape = [8])]
    pub list1: Vec<Array1<f64>>,
    #[param(len = 2, shape = [4, 8])]
    pub list2: Vec<Array2<f64>>,
    #[param(len = 2, shape = [0, 8])]
    pub list3: Vec<Array2<f64>>,
    #[param(len = 2, shape = [1, 1, 1, 1, 1, 1, 8])]
    pub list4: Vec<ArrayD<f64>>,
    #[param]
    pub rank0: Array0<f64>,
    #[param(shape = [8])]
    pub rank1: Array1<f64>,
    #[param(shape = [4, 8])]
    pub rank2: Array2<f64>,
    #[param(shape = [0, 8])]
    pub rank3: Array2<f64>,
    #[param(shape = [1, 1, 1, 1, 1, 1, 8])]
    pub rank4: ArrayD<f64>,
}

/// At `f6_e2m3`.
#[derive(Clone, Debug, Module)]
pub struct F6E2m3 {
    #[param(len = 2, shape = [8], dtype = "F6_E2M3")]
    pub list1: Vec<AnyTensor>,
    #[param(len = 2, shape = [4, 8], dtype = "F6_E2M3")]
    pub list2: Vec<AnyTensor>,
    #[param(len = 2, shape = [0, 8], dtype = "F6_E2M3")]
    pub list3: Vec<AnyTensor>,
    #[param(len = 2, shape = [1, 1, 1, 1, 1, 1, 8], dtype = "F6_E2M3")]
    pub list4: Vec<AnyTensor>,
    #[param(shape = [8], dtype = "F6_E2M3")]
    pub rank1: AnyTensor,
    #[param(shape = [4, 8], dtype = "F6_E2M3")]
    pub rank2: AnyTensor,
    #[param(shape = [0, 8], dtype = "F6_E2M3")]
    pub rank3: AnyTensor,
    #[param(shape = [1, 1, 1, 1, 1, 1, 8], dtype = "F6_E2M3")]
    pub rank4: AnyTensor,
}

/// At `f6_e3m2`.
#[derive(Clone, Debug, Module)]
pub struct F6E3m2 {
    #[param(len = 2, shape = [8], dtype = "F6_E3M2")]
    pub list1: Vec<AnyTensor>,
    #[param(len = 2, shape = [4, 8], dtype = "F6_E3M2")]
    pub list2: Vec<AnyTensor>,
    #[param(len = 2, shape = [0, 8], dtype = "F6_E3M2")]
    pub list3: Vec<AnyTensor>,
    #[param(len = 2, shape = [1, 1, 1, 1, 1, 1, 8], dtype = "F6_E3M2")]
    pub list4: Vec<AnyTensor>,
    #[param(shape = [8], dtype = "F6_E3M2")]
    pub rank1: AnyTensor,
    #[param(shape = [4, 8], dtype = "F6_E3M2")]
    pub rank2: AnyTensor,
    #[param(shape = [0, 8], dtype = "F6_E3M2")]
    pub rank3: AnyTensor,
    #[param(shape = [1, 1, 1, 1, 1, 1, 8], dtype = "F6_E3M2")]
    pub rank4: AnyTensor,
}

/// At `f8_e4m3`.
#[derive(Clone, Debug, Module)]
pub struct F8E4m3 {
    #[param(len = 2, shape = [], dtype = "F8_E4M3")]
    pub list0: Vec<AnyTensor>,
    #[param(len = 2, shape = [8], dtype = "F8_E4M3")]
    pub list1: Vec<AnyTensor>,
    #[param(len = 2, shape = [4, 8], dtype = "F8_E4M3")]
    pub list2: Vec<AnyTensor>,
    #[param(len = 2, shape = [0, 8], dtype = "F8_E4M3")]
    pub list3: Vec<AnyTensor>,
    #[param(len = 2, shape = [1, 1, 1, 1, 1, 1, 8], dtype = "F8_E4M3")]
    pub list4: Vec<AnyTensor>,
    #[param(shape = [], dtype = "F8_E4M3")]
    pub rank0: AnyTensor,
    #[param(shape = [8], dtype = "F8_E4M3")]
    pub rank1: AnyTensor,
    #[param(shape = [4, 8], dtype = "F8_E4M3")]
    pub rank2: AnyTensor,
    #[param(shape = [0, 8], dtype = "F8_E4M3")]
    pub rank3: AnyTensor,
    #[param(shape = [1, 1, 1, 1, 1, 1, 8], dtype = "F8_E4M3")]
    pub rank4: AnyTensor,
}

/// At `f8_e4m3fnuz`.
#[derive(Clone, Debug, Module)]
pub struct F8E4m3fnuz {
    #[param(len = 2, shape = [], dtype = "F8_E4M3FNUZ")]
    pub list0: Vec<AnyTensor>,
    #[param(len = 2, shape = [8], dtype = "F8_E4M3FNUZ")]
    pub list1: Vec<AnyTensor>,
    #[param(len = 2, shape = [4, 8], dtype = "F8_E4M3FNUZ")]
    pub list2: Vec<AnyTensor>,
    #[param(len = 2, shape = [0, 8], dtype = "F8_E4M3FNUZ")]
    pub list3: Vec<AnyTensor>,
    #[param(len = 2, shape = [1, 1, 1, 1, 1, 1, 8], dtype = "F8_E4M3FNUZ")]
    pub list4: Vec<AnyTensor>,
    #[param(shape = [], dtype = "F8_E4M3FNUZ")]
    pub rank0: AnyTensor,
    #[param(shape = [8], dtype = "F8_E4M3FNUZ")]
    pub rank1: AnyTensor,
    #[param(shape = [4, 8], dtype = "F8_E4M3FNUZ")]
    pub rank2: AnyTensor,
    #[param(shape = [0, 8], dtype = "F8_E4M3FNUZ")]
    pub rank3: AnyTensor,
    #[param(shape = [1, 1, 1, 1, 1, 1, 8], dtype = "F8_E4M3FNUZ")]
    pub rank4: AnyTensor,
}

/// At `f8_e5m2`.
#[derive(Clone, Debug, Module)]
pub struct F8E5m2 {
    #[param(len = 2, shape = [], dtype = "F8_E5M2")]
    pub list0: Vec<AnyTensor>,
    #[param(len = 2, shape = [8], dtype = "F8_E5M2")]
    pub list1: Vec<AnyTensor>,
    #[param(len = 2, shape = [4, 8], dtype = "F8_E5M2")]
    pub list2: Vec<AnyTensor>,
    #[param(len = 2, shape = [0, 8], dtype = "F8_E5M2")]
    pub list3: Vec<AnyTensor>,
    #[param(len = 2, shape = [1, 1, 1, 1, 1, 1, 8], dtype = "F8_E5M2")]
    pub list4: Vec<AnyTensor>,
    #[param(shape = [], dtype = "F8_E5M2")]
    pub rank0: AnyTensor,
    #[param(shape = [8], dtype = "F8_E5M2")]
    pub rank1: AnyTensor,
    #[param(shape = [4, 8], dtype = "F8_E5M2")]
    pub rank2: AnyTensor,
    #[param(shape = [0, 8], dtype = "F8_E5M2")]
    pub rank3: AnyTensor,
    #[param(shape = [1, 1, 1, 1, 1, 1, 8], dtype = "F8_E5M2")]
    pub rank4: AnyTensor,
}

/// At `f8_e5m2fnuz`.
#[derive(Clone, Debug, Module)]
pub struct F8E5m2fnuz {
    #[param(len = 2, shape = [], dtype = "F8_E5M2FNUZ")]
    pub list0: Vec<AnyTensor>,
    #[param(len = 2, shape = [8], dtype = "F8_E5M2FNUZ")]
    pub list1: Vec<AnyTensor>,
    #[param(len = 2, shape = [4, 8], dtype = "F8_E5M2FNUZ")]
    pub list2: Vec<AnyTensor>,
    #[param(len = 2, shape = [0, 8], dtype = "F8_E5M2FNUZ")]
    pub list3: Vec<AnyTensor>,
    #[param(len = 2, shape = [1, 1, 1, 1, 1, 1, 8], dtype = "F8_E5M2FNUZ")]
    pub list4: Vec<AnyTensor>,
    #[param(shape = [], dtype = "F8_E5M2FNUZ")]
    pub rank0: AnyTensor,
    #[param(shape = [8], dtype = "F8_E5M2FNUZ")]
    pub rank1: AnyTensor,
    #[param(shape = [4, 8], dtype = "F8_E5M2FNUZ")]
    pub rank2: AnyTensor,
    #[param(shape = [0, 8], dtype = "F8_E5M2FNUZ")]
    pub rank3: AnyTensor,
    #[param(shape = [1, 1, 1, 1, 1, 1, 8], dtype = "F8_E5M2FNUZ")]
    pub rank4: AnyTensor,
}

/// At `f8_e8m0`.
#[derive(Clone, Debug, Module)]
pub struct F8E8m0 {
    #[param(len = 2, shape = [], dtype = "F8_E8M0")]
    pub list0: Vec<AnyTensor>,
    #[param(len = 2, shape = [8], dtype = "F8_E8M0")]
    pub list1: Vec<AnyTensor>,
    #[param(len = 2, shape = [4, 8], dtype = "F8_E8M0")]
    pub list2: Vec<AnyTensor>,
    #[param(len = 2, shape = [0, 8], dtype = "F8_E8M0")]
    pub list3: Vec<AnyTensor>,
    #[param(len = 2, shape = [1, 1, 1, 1, 1, 1, 8], dtype = "F8_E8M0")]
    pub list4: Vec<AnyTensor>,
    #[param(shape = [], dtype = "F8_E8M0")]
    pub rank0: AnyTensor,
    #[param(shape = [8], dtype = "F8_E8M0")]
    pub rank1: AnyTensor,
    #[param(shape = [4, 8], dtype = "F8_E8M0")]
    pub rank2: AnyTensor,
    #[param(shape = [0, 8], dtype = "F8_E8M0")]
    pub rank3: AnyTensor,
    #[param(shape = [1, 1, 1, 1, 1, 1, 8], dtype = "F8_E8M0")]
    pub rank4: AnyTensor,
}
