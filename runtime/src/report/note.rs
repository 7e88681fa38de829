//! Notes of a report: casts, aliases, ties, and where the elements are in memory.

use std::ops::AddAssign;

use weighbridge_checkpoint::DType;

use serde::{Deserialize, Serialize};

/// Where the elements of loaded parameters are. Tied parameters count once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MemoryUse {
    /// Used where they are: in a mapped file, or in the bytes that you gave.
    pub in_place: TensorCount,
    /// In memory of their own, because they were read, copied, cast or composed.
    pub copied: TensorCount,
}

/// How many tensors there are, and their size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TensorCount {
    /// How many.
    pub tensor_count: usize,
    /// The size of their elements in memory, in bytes.
    pub byte_len: u64,
}

impl MemoryUse {
    /// The memory of one tensor.
    pub(crate) fn one(is_in_place: bool, byte_len: usize) -> MemoryUse {
        let one = TensorCount { tensor_count: 1, byte_len: byte_len as u64 };
        let none = TensorCount::default();
        if is_in_place { MemoryUse { in_place: one, copied: none } } else { MemoryUse { in_place: none, copied: one } }
    }
}

impl AddAssign for MemoryUse {
    fn add_assign(&mut self, other: MemoryUse) {
        self.in_place += other.in_place;
        self.copied += other.copied;
    }
}

impl AddAssign for TensorCount {
    fn add_assign(&mut self, other: TensorCount) {
        self.tensor_count += other.tensor_count;
        self.byte_len += other.byte_len;
    }
}

/// How many of the parameters whose type holds several dtypes have one of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DTypeCount {
    /// The dtype.
    #[serde(with = "dtype_name")]
    pub dtype: DType,
    /// How many parameters have it.
    pub parameter_count: usize,
}

/// A parameter that is cast while it is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CastNote {
    /// The parameter's path.
    pub path: String,
    /// The file's dtype.
    #[serde(with = "dtype_name")]
    pub from: DType,
    /// The parameter's dtype.
    #[serde(with = "dtype_name")]
    pub to: DType,
}

/// A parameter that was found under another of its names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AliasNote {
    /// The parameter's path.
    pub path: String,
    /// The name in the checkpoint.
    pub name: String,
}

/// A parameter that is tied to another: the two are one tensor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TiedNote {
    /// The parameter's path.
    pub path: String,
    /// The path that it is tied to.
    pub target: String,
    /// The names that the checkpoint has for the target and for everything that is tied to it.
    pub found: Vec<String>,
}

/// A name of the module that the configuration lacks and that nothing else says, so that the checkpoint decides it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UnsaidNote {
    /// The key that the configuration lacks: `text_config.hidden_size`.
    pub name: String,
    /// Whether it is there, and `null`.
    pub is_null: bool,
    /// Keys that may be meant, at most two of them.
    pub near: Vec<String>,
}

/// A dtype by its name.
mod dtype_name {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    use weighbridge_checkpoint::DType;

    pub(super) fn serialize<S: Serializer>(dtype: &DType, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(dtype.name())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<DType, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

/// A dtype by its name, or none.
pub(super) mod option_dtype_name {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use weighbridge_checkpoint::DType;

    pub(in super::super) fn serialize<S: Serializer>(dtype: &Option<DType>, to: S) -> Result<S::Ok, S::Error> {
        dtype.map(DType::name).serialize(to)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<DType>, D::Error> {
        let name = Option::<String>::deserialize(from)?;
        name.map(|name| name.parse().map_err(D::Error::custom)).transpose()
    }
}
