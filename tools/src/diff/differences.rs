//! What a comparison finds.

use serde::Serialize;

/// What two checkpoints do not have in common. Lists are in the natural order of their names. `Display` gives the text,
/// `serde` the data.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Diff {
    /// Whether nothing that was compared differs. Untyped elements of an `.npz` are the same as those of a dtype that
    /// numpy has no name for.
    pub same: bool,
    /// The one checkpoint.
    pub a: String,
    /// The other.
    pub b: String,
    /// Whether values were compared.
    pub values_compared: bool,
    /// How many tensors there are, each name counted once.
    pub tensors: usize,
    /// How many of them are the same in both.
    pub equal: usize,
    /// In A alone.
    pub only_in_a: Vec<Only>,
    /// In B alone.
    pub only_in_b: Vec<Only>,
    /// In both under two names, and in neither of the lists above: dtype, shape and values are the same, and of no other
    /// tensor that is in one of them alone. Only where values are compared.
    pub renamed: Vec<Renamed>,
    /// What stands at the start of every name that is in one of them alone, where that is all the difference between
    /// these names: dtypes and shapes agree.
    pub renaming: Option<Renamed>,
    /// Of two shapes.
    pub shape: Vec<ShapeDiff>,
    /// Of two dtypes.
    pub dtype: Vec<DTypeDiff>,
    /// Of the same shape, with other values.
    pub values: Vec<ValuesDiff>,
    /// Untyped in one of them, and taken for what they are in the other.
    pub untyped: Vec<DTypeDiff>,
}

/// A tensor that one of the two has alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Only {
    /// Its name, as the file has it.
    pub name: String,
    /// Its dtype.
    pub dtype: &'static str,
    /// Its shape.
    pub shape: Vec<usize>,
}

/// One name in A and another in B.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Renamed {
    /// In A.
    pub a: String,
    /// In B.
    pub b: String,
}

/// A tensor of two shapes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ShapeDiff {
    /// Its name.
    pub name: String,
    /// In A.
    pub a: Vec<usize>,
    /// In B.
    pub b: Vec<usize>,
}

/// A tensor of two dtypes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DTypeDiff {
    /// Its name.
    pub name: String,
    /// In A.
    pub a: &'static str,
    /// In B.
    pub b: &'static str,
}

/// A tensor of which some elements differ: their bits where it has the same dtype in both, else their values.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ValuesDiff {
    /// Its name.
    pub name: String,
    /// Its dtype in A.
    pub dtype: &'static str,
    /// Its shape.
    pub shape: Vec<usize>,
    /// How many elements it has.
    pub elements: usize,
    /// How many of them differ.
    pub differing: usize,
    /// Where the first of these is.
    pub first: Vec<usize>,
    /// The two that are furthest apart, of floats that are finite in both.
    pub largest: Option<Distance>,
    /// The largest distance in relation to the larger of the two magnitudes, of the same floats: at most 2.
    pub relative: Option<f64>,
    /// How many floats are NaN in one and not in the other.
    pub nan: usize,
    /// How many floats are infinite in one and not in the other, or with the other sign.
    pub infinite: usize,
}

/// How far two elements are apart.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Distance {
    /// The absolute difference.
    pub absolute: f64,
    /// Where they are.
    pub at: Vec<usize>,
    /// The one in A.
    pub a: f64,
    /// The one in B.
    pub b: f64,
}
