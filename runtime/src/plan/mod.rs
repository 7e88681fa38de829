//! Schema × checkpoint: every parameter paired with exactly one entry, or a report of everything that is wrong.
//!
//! This is the only place where the two meet. After it nothing can be missing, so that building the module is plain
//! construction.

mod dims;
mod fit;
mod hints;
mod names;
mod policy;
mod resolve;
mod rules;

pub use policy::{Cast, Rule};
pub(crate) use policy::{Policy, Rename};

use std::borrow::Cow;

use crate::checkpoint::Checkpoint;
use crate::dtype::DType;
use crate::report::Report;
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
}

/// One parameter's tensor.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Take {
    /// The entry's number in the checkpoint.
    pub(crate) entry: usize,
    /// The dtype that the parameter gets.
    pub(crate) dtype: DType,
}

/// A good plan: the parameters in schema order. `None` leaves a parameter as it is.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) takes: Vec<Option<Take>>,
    pub(crate) steps: Vec<Step>,
}

/// What the plan is for.
pub(crate) struct Target<'t> {
    pub(crate) schema: Schema,
    /// The module's type, for the report.
    pub(crate) name: &'t str,
    /// The structure of the value that is updated; `None` for a new one, which takes the file's.
    pub(crate) structure: Option<Vec<Step>>,
}

/// Pairs every parameter with its entry. The report is complete in both cases.
pub(crate) fn plan(target: Target<'_>, checkpoint: &Checkpoint, policy: &Policy) -> (Report, Option<Plan>) {
    let renamed: Vec<Cow<'_, str>> = if policy.renames.is_empty() {
        Vec::new()
    } else {
        checkpoint.iter().map(|entry| policy.rename(entry.name())).collect()
    };
    let names = if policy.renames.is_empty() {
        names::Names::new(checkpoint.iter().map(|entry| entry.name()))
    } else {
        names::Names::new(renamed.iter().map(AsRef::as_ref))
    };
    let mut resolver = resolve::Resolver::new(&target, checkpoint, policy, names);
    resolver.run(target.schema.root, target.structure);
    let (mut report, plan) = resolver.finish();
    report.checkpoint = checkpoint.label().to_owned();
    report.module = target.name.to_owned();
    report.finish();
    let plan = report.ok.then_some(plan);
    (report, plan)
}
