//! What a plan is made of.

use crate::dtype::DType;
use crate::schema::Schema;
use crate::shape::Shape;
use crate::strided::Strided;

/// What only the file, or the value, decides about a module's structure, in the order of the schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The number of items of a list.
    Len(usize),
    /// Whether an optional part is there.
    Present(bool),
    /// The keys of a map.
    Keys(Vec<String>),
    /// The variant of an enum, by its number.
    Variant(usize),
}

/// Where one parameter's tensor comes from.
#[derive(Clone, Debug)]
pub(crate) enum Assignment {
    /// From one entry, as it lies in the file.
    Whole {
        /// The entry's number in the checkpoint.
        entry: usize,
        /// The dtype that the parameter gets.
        dtype: DType,
        /// Whether its memory is taken over as a vector.
        vector: bool,
    },
    /// From entries that lie otherwise.
    Composed(Box<Composed>),
    /// It is another parameter's, by its number.
    Same(usize),
}

/// A tensor that is put together.
#[derive(Clone, Debug)]
pub(crate) struct Composed {
    pub(crate) dtype: DType,
    pub(crate) shape: Shape,
    /// Whether its memory is taken over as a vector.
    pub(crate) vector: bool,
    /// Together they are all of it.
    pub(crate) pieces: Vec<Piece>,
}

/// A part of an entry, and where it goes.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    pub(crate) entry: usize,
    pub(crate) strided: Strided,
}

/// A good plan: the parameters in schema order. `None` leaves a parameter as it is.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) assignments: Vec<Option<Assignment>>,
    pub(crate) steps: Vec<Step>,
    /// Parameters that are tied, each with the one that it is tied to. Where both have a tensor of their own, the two
    /// must be equal.
    pub(crate) ties: Vec<(usize, usize)>,
}

/// What the plan is for.
pub(crate) struct Target<'t> {
    pub(crate) schema: Schema,
    /// The module's type, for the report.
    pub(crate) name: &'t str,
    /// The structure of the value that is updated; `None` for a new one, which takes the file's.
    pub(crate) structure: Option<Vec<Step>>,
}
