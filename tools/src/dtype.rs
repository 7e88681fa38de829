//! Dtypes: those of floats, and one as its name in JSON.

use serde::Serializer;
use weighbridge_checkpoint::DType;

/// The floats, the widest first. An element of each fills whole bytes, so that it can be cast and compared as a number.
pub const FLOATS: [DType; 9] = [
    DType::F64,
    DType::F32,
    DType::F16,
    DType::BF16,
    DType::F8_E4M3,
    DType::F8_E5M2,
    DType::F8_E4M3FNUZ,
    DType::F8_E5M2FNUZ,
    DType::F8_E8M0,
];

/// For `#[serde(serialize_with)]`.
pub(crate) fn name<S: Serializer>(dtype: &DType, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(dtype.name())
}
