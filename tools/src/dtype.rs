//! A dtype as its name, in JSON.

use serde::Serializer;
use weighbridge_checkpoint::DType;

/// For `#[serde(serialize_with)]`.
pub(crate) fn name<S: Serializer>(dtype: &DType, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(dtype.name())
}
