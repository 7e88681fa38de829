//! What a comparison finds.

use serde::Serialize;
use weighbridge_checkpoint::DType;

/// How two checkpoints differ. Lists are in the natural order of their names. `Display` gives the text, `serde` the data.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Diff {
    /// Whether everything that was compared is the same. An untyped dtype of an `.npz` (`V1`, `V2`) is the same as a dtype
    /// that numpy has no name for.
    pub same: bool,
    /// The label of checkpoint A.
    pub a: String,
    /// The label of checkpoint B.
    pub b: String,
    /// Whether values were compared.
    pub values_compared: bool,
    /// How many tensors A and B have together. A name that both have counts once.
    pub tensor_count: usize,
    /// How many of them are the same in both.
    pub equal_count: usize,
    /// The tensors that only A has.
    pub only_in_a: Vec<Only>,
    /// The tensors that only B has.
    pub only_in_b: Vec<Only>,
    /// Tensors that both have, each under its own name: dtype, shape and values are the same, and no other tensor has
    /// these. They are not in the two lists above. Empty if values are not compared.
    pub renamed: Vec<Renamed>,
    /// Two prefixes. If you replace the one by the other, the names that only A has become the names that only B has, with
    /// the same dtypes and shapes.
    pub renaming: Option<Renamed>,
    /// Tensors whose shapes differ.
    pub shape: Vec<ShapeDiff>,
    /// Tensors whose dtypes differ.
    pub dtype: Vec<DTypeDiff>,
    /// Tensors of the same shape whose values differ.
    pub values: Vec<ValuesDiff>,
    /// Tensors that are untyped in one checkpoint, and are taken to have the dtype that they have in the other.
    pub untyped: Vec<DTypeDiff>,
}

/// A tensor that only one of the two has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Only {
    /// Its name, as the file has it.
    pub name: String,
    /// Its dtype.
    #[serde(serialize_with = "crate::dtype::name")]
    pub dtype: DType,
    /// Its shape.
    pub shape: Vec<usize>,
}

/// A name, or a prefix of names, in A and in B.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Renamed {
    /// What it is in A.
    pub a: String,
    /// What it is in B.
    pub b: String,
}

/// A tensor whose shapes differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ShapeDiff {
    /// Its name.
    pub name: String,
    /// Its shape in A.
    pub a: Vec<usize>,
    /// Its shape in B.
    pub b: Vec<usize>,
}

/// A tensor whose dtypes differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DTypeDiff {
    /// Its name.
    pub name: String,
    /// Its dtype in A.
    #[serde(serialize_with = "crate::dtype::name")]
    pub a: DType,
    /// Its dtype in B.
    #[serde(serialize_with = "crate::dtype::name")]
    pub b: DType,
}

/// A tensor whose elements differ. If it has the same dtype in A and B, bits are compared, otherwise numbers.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ValuesDiff {
    /// Its name.
    pub name: String,
    /// Its dtype in A.
    #[serde(serialize_with = "crate::dtype::name")]
    pub dtype: DType,
    /// Its shape.
    pub shape: Vec<usize>,
    /// How many elements it has.
    pub element_count: usize,
    /// How many of them differ.
    pub differing_count: usize,
    /// The index of the first element that differs, in each dim.
    pub first: Vec<usize>,
    /// The largest absolute difference of floats that are finite in both; `None` if there are none that differ.
    pub largest: Option<Distance>,
    /// The largest relative difference of the same floats: the absolute one divided by the larger magnitude, so at most 2.
    pub relative: Option<f64>,
    /// How many floats are NaN in only one of the two.
    pub nan_count: usize,
    /// How many floats are infinite in only one of the two, or in both with different signs.
    pub infinite_count: usize,
}

/// How far apart two elements are.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Distance {
    /// The absolute difference.
    pub absolute: f64,
    /// Their index in each dim.
    pub at: Vec<usize>,
    /// The element in A.
    pub a: f64,
    /// The element in B.
    pub b: f64,
}
