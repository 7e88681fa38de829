//! Schema × checkpoint: every parameter paired with exactly one entry, or a report of everything that is wrong.
//!
//! This is the only place where the two meet. After it nothing can be missing, so that building the module is plain
//! construction.

mod choice;
mod compose;
mod dims;
mod fit;
pub(crate) mod hints;
mod ignores;
mod names;
mod outcome;
mod pieces;
mod policy;
mod resolve;
mod rules;
mod tie;
mod wish;

pub(crate) use choice::ALIKE;
pub(crate) use hints::Hint;
pub(crate) use pieces::strided;
pub(crate) use policy::Policy;
pub use policy::{Cast, Rule};
pub(crate) use wish::Wish;

use crate::checkpoint::Checkpoint;
use crate::dtype::DType;
use crate::report::{Finding, FindingSide, Report};
use crate::schema::Schema;
use crate::shape::Shape;
use crate::strided::Strided;

/// What is said where a parameter has no tensor and nothing says why.
pub(crate) const UNEXPLAINED: &str =
    "the check has no name for this; please report the struct, and the names in the file";

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
pub(crate) enum Take {
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
    pub(crate) takes: Vec<Option<Take>>,
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

/// Pairs every parameter with its entry. The report is complete in both cases.
pub(crate) fn plan(target: Target<'_>, checkpoint: &Checkpoint, policy: &Policy) -> (Report, Option<Plan>) {
    let name = target.name.to_owned();
    let (mut report, plan) = walk(target, checkpoint, policy, false, |resolver| resolver.finish());
    report.checkpoint = checkpoint.label().to_owned();
    report.module = name;
    report.finish();
    let empty = plan.takes.iter().filter(|take| take.is_none()).count();
    if report.ok && empty != report.kept.len() {
        // what nothing explains is refused too
        report.name.push(Finding {
            path: "the module".to_owned(),
            found: Some(FindingSide::words(format!("{empty} parameters without a tensor"))),
            hints: vec![UNEXPLAINED.to_owned()],
            ..Finding::default()
        });
        report.finish();
    }
    let plan = report.ok.then_some(plan);
    (report, plan)
}

/// The paths of all parameters, by number. Plans keep none: they are wanted where something went wrong, and for streams.
pub(crate) fn paths(target: Target<'_>, checkpoint: &Checkpoint, policy: &Policy) -> Vec<String> {
    walk(target, checkpoint, policy, true, |resolver| resolver.out.paths).unwrap_or_default()
}

fn walk<T>(
    target: Target<'_>,
    checkpoint: &Checkpoint,
    policy: &Policy,
    with_paths: bool,
    finish: impl FnOnce(resolve::Resolver<'_>) -> T,
) -> T {
    let (renamed, stale_renames) = match policy.renames.is_empty() {
        true => (Vec::new(), Vec::new()),
        false => policy.renames.apply_all(checkpoint.iter().map(|entry| entry.name())),
    };
    let names = if policy.renames.is_empty() {
        names::Names::new(checkpoint.iter().map(|entry| entry.name()))
    } else {
        names::Names::new(renamed.iter().map(AsRef::as_ref))
    };
    let mut resolver = resolve::Resolver::new(&target, checkpoint, policy, names);
    resolver.out.paths = with_paths.then(Vec::new);
    resolver.out.report.stale_renames = stale_renames;
    resolver.run(target.schema.root, target.structure);
    finish(resolver)
}
