//! What a plan is for, and what it says.

use weighbridge_checkpoint::read::Assignment;

use crate::schema::Schema;

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
