//! The input of the planner, and the plan.

use std::collections::BTreeMap;
use std::rc::Rc;

use weighbridge_checkpoint::Shape;
use weighbridge_checkpoint::read::Assignment;

use crate::config_field::ConfigValue;
use crate::report::Finding;
use crate::schema::Schema;

/// Something about a module's structure that its type leaves open, in the order of the schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The number of items of a list.
    Len(usize),
    /// Whether an optional part is present.
    Present(bool),
    /// The keys of a map.
    Keys(Vec<String>),
    /// The variant of an enum, by its number.
    Variant(usize),
}

/// What to load.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// One for each parameter, in schema order. `None` keeps the value of an update.
    pub(crate) assignments: Vec<Option<Assignment>>,
    pub(crate) steps: Vec<Step>,
    /// The numbers of tied parameters, each with the one that it is tied to. If both have a tensor of their own, the
    /// tensors must be equal.
    pub(crate) ties: Vec<(usize, usize)>,
    /// Of ties that the configuration decides, by the number of the parameter: the finding that it is wrong.
    pub(crate) tied_by: BTreeMap<usize, Finding>,
    /// Of ties that nobody has decided, by the number of the parameter: what to do if the two differ.
    pub(crate) open_ties: BTreeMap<usize, String>,
    /// Where the fields that are in the configuration have their values, in the order of the schema.
    pub(crate) config_values: Vec<ConfigValue>,
}

/// What the plan is for.
pub(crate) struct Target<'t> {
    pub(crate) schema: Schema,
    /// The module's type, for the report.
    pub(crate) name: &'t str,
    /// The structure of the value that is updated; `None` for a new one, which takes the file's.
    pub(crate) structure: Option<Structure>,
}

/// What a value has.
#[derive(Clone)]
pub(crate) struct Structure {
    pub(crate) steps: Vec<Step>,
    /// The shapes of its parameters, by number; empty if none of them may be kept.
    pub(crate) shapes: Rc<[Shape]>,
}
