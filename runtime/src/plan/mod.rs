//! Schema × checkpoint: pairs every parameter with exactly one entry, or reports everything that is wrong.
//!
//! This is the only place where the two meet. After it nothing can be missing, so building the module is plain
//! construction.

mod bind;
mod choice;
mod composed;
mod computed;
mod conditions;
mod config_fields;
mod contradictions;
mod corrections;
mod cuts;
mod dims;
mod doubtful;
mod entry_names;
mod hints;
mod ignores;
mod kept;
mod list;
mod name_rules;
mod name_tree;
mod nearest;
mod node;
mod outcome;
mod parameter;
mod pieces;
mod policy;
mod present;
mod resolver;
mod score;
mod shared;
mod subtree;
mod target;
mod tied;
mod unsaid;

pub(crate) use pieces::strided;
pub(crate) use policy::Policy;
pub use policy::{Cast, Rule};
pub(crate) use target::{Plan, Step, Structure, Target};
pub(crate) use tied::untied;

use weighbridge_checkpoint::{Checkpoint, Problem, ProblemKind, room};
use weighbridge_lock::counted;

use self::corrections::Tried;
use self::entry_names::EntryNames;
use self::name_tree::{NameTree, ROOT};
use self::outcome::Outcome;
use self::resolver::Resolver;
use self::score::Score;
use crate::error::LoadError;
use crate::report::{Finding, FindingSide, Report};
use crate::rules::says;
use crate::schema::Spec;

/// Pairs every parameter with its entry.
///
/// # Errors
/// [`LoadError::Mismatch`] with the whole report, or [`LoadError::Container`] if the file has members that are no arrays and
/// that no pattern ignores, or there is no memory for the names.
pub(crate) fn plan(target: Target<'_>, checkpoint: &Checkpoint, policy: &Policy) -> Result<(Report, Plan), LoadError> {
    let name = target.name.to_owned();
    let (schema, structure) = (target.schema, target.structure.clone());
    let retry = |policy: &Policy| {
        let target = Target { schema, name: "", structure: structure.clone() };
        walk(target, checkpoint, policy, Score::of).unwrap_or(Score::WORST)
    };
    // only a load that is refused asks for this
    let confirmed = |policy: &Policy| {
        let target = Target { schema, name: "", structure: structure.clone() };
        let track = |resolver: &mut Resolver<'_>| resolver.confirmed = Some(Vec::new());
        walk_as(target, checkpoint, policy, track, |resolver| resolver.confirmed).flatten().unwrap_or_default()
    };
    let finish = |mut resolver: Resolver<'_>| {
        if !resolver.out.doubtful.is_empty() {
            let confirmed = confirmed(resolver.policy);
            resolver.tell_shapes(&confirmed);
        }
        finish(resolver, &retry)
    };
    let walked = walk(target, checkpoint, policy, |mut resolver| {
        resolver.check();
        if resolver.out.contradictions.iter().all(|one| one.remedies.is_empty()) {
            return finish(resolver);
        }
        let fitting_count = resolver.out.report.fitting_count;
        let again = |policy: &Policy| {
            let target = Target { schema, name: "", structure: structure.clone() };
            walk(target, checkpoint, policy, Tried::of)
        };
        let (Some(corrected), Some(config)) = (corrections::correct(policy, &again), &policy.config) else {
            return finish(resolver);
        };
        drop(resolver);
        // what is wrong beside the configuration, and then what is wrong with that
        let target = Target { schema, name: "", structure: structure.clone() };
        let rest = walk(target, checkpoint, &corrected.policy, |mut resolver| {
            resolver.check();
            finish(resolver)
        });
        let (mut report, plan, problems) = rest.flatten()?;
        report.fitting_count = report.fitting_count.min(fitting_count);
        report.config.extend(corrected.findings(config));
        Some((report, plan, problems))
    });
    let walked = walked.flatten();
    let (mut report, plan, problems) = walked.ok_or_else(|| no_memory(checkpoint))?;
    if !problems.is_empty() {
        return Err(LoadError::Container { file: checkpoint.label().to_owned(), problems });
    }
    report.checkpoint = checkpoint.label().to_owned();
    report.module = name;
    report.finish();
    let empty = plan.assignments.iter().filter(|assignment| assignment.is_none()).count();
    if report.ok && empty != report.kept.len() {
        // this would be a bug of the walk, and must not become an incomplete module
        report.name.push(Finding {
            path: says::THE_MODULE.to_owned(),
            found: Some(FindingSide::words(format!("{} without a tensor", counted(empty, "parameter")))),
            hints: vec![says::UNEXPLAINED.to_owned()],
            ..Finding::default()
        });
        report.finish();
    }
    match report.ok {
        true => Ok((report, plan)),
        false => Err(LoadError::Mismatch(Box::new(report))),
    }
}

fn no_memory(checkpoint: &Checkpoint) -> LoadError {
    let message = "there is no memory to compare the names; free some, or allow the process more";
    let problems = vec![Problem::new(ProblemKind::Limit, message)];
    LoadError::Container { file: checkpoint.label().to_owned(), problems }
}

/// The paths of all parameters, by number. A plan does not keep them, because only errors and streams need them.
pub(crate) fn paths(target: Target<'_>, checkpoint: &Checkpoint, policy: &Policy) -> Vec<String> {
    let with_paths = |resolver: &mut Resolver<'_>| resolver.out.paths = Some(Vec::new());
    walk_as(target, checkpoint, policy, with_paths, |resolver| resolver.out.paths).flatten().unwrap_or_default()
}

/// Walks the schema beside the names of the checkpoint. `None` if there is no memory for the names.
fn walk<T>(
    target: Target<'_>,
    checkpoint: &Checkpoint,
    policy: &Policy,
    then: impl FnOnce(Resolver<'_>) -> T,
) -> Option<T> {
    walk_as(target, checkpoint, policy, |_| {}, then)
}

/// The same, with what `prepare` asks the walk for.
fn walk_as<T>(
    target: Target<'_>,
    checkpoint: &Checkpoint,
    policy: &Policy,
    prepare: impl FnOnce(&mut Resolver<'_>),
    then: impl FnOnce(Resolver<'_>) -> T,
) -> Option<T> {
    // what the plan notes of each tensor
    const TENSOR: usize = 128;
    room(checkpoint.len().saturating_mul(TENSOR), "the plan").ok()?;
    let (entry_names, stale_renames) = EntryNames::new(checkpoint, &policy.renames);
    let names = NameTree::new(entry_names.iter())?;
    let mut resolver = Resolver::new(checkpoint, policy, (&entry_names, names), target.schema.root, target.structure);
    prepare(&mut resolver);
    resolver.out.report.stale_renames = stale_renames;
    let again = resolver.structure();
    resolver.node(target.schema.root, Spec::NONE, Some(ROOT));
    if !resolver.open.is_empty() {
        // layouts are computed from names that other parameters bind
        resolver.check_expressions();
        resolver = resolver.second(again);
        resolver.node(target.schema.root, Spec::NONE, Some(ROOT));
    }
    Some(then(resolver))
}

/// Checks what needs the whole walk, and completes the report. `retry` plans again under another policy, so that a hint is
/// tried before it is offered. `None` if there is no memory for the rows.
fn finish(mut resolver: Resolver<'_>, retry: &dyn Fn(&Policy) -> Score) -> Option<(Report, Plan, Vec<Problem>)> {
    let unexpected = resolver.unexpected();
    room_for_rows(&resolver, &unexpected)?;
    let no_arrays = resolver.no_arrays();
    let problems = hints::no_arrays(&resolver, &no_arrays, retry);
    resolver.check_cuts();
    hints::explain(&mut resolver, &unexpected, retry);
    resolver.check_subtree();
    resolver.check_config_fields();
    let (stale_keeps, unsaid) = (resolver.stale_keeps(), resolver.unsaid());
    let stale_dtype = resolver.policy.dtype.filter(|_| !resolver.out.is_dtype_used);
    let Outcome { dims, mut report, plan, .. } = resolver.out;
    report.stale_dtype = stale_dtype;
    (report.stale_keeps, report.unsaid) = (stale_keeps, unsaid);
    // several modules may declare a pattern, which is stale if it fits below none of them
    let mut seen = resolver.fitting;
    report.stale_ignores = resolver.ignores.all().filter(|&pattern| seen.insert(pattern)).map(str::to_owned).collect();
    report.dims = dims.numbers().collect();
    Some((report, plan, problems))
}

/// Asks for what the rows take, and the search for their causes.
fn room_for_rows(resolver: &Resolver<'_>, unexpected: &[usize]) -> Option<()> {
    // what a row takes besides its name
    const ROW: usize = 1024;
    let missing = resolver.out.missing.iter().map(|missing| missing.path.as_str());
    let names = missing.chain(unexpected.iter().map(|&entry| resolver.name_of(entry)));
    let of = |name: &str| name.len().saturating_mul(2).saturating_add(ROW);
    room(names.map(of).fold(0, usize::saturating_add), "the report").ok()
}
