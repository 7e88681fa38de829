//! Checks that tied tensors are equal in the file, before any cast.

use weighbridge_checkpoint::read::{Assignment, Composed, Tensors, fetch_one};
use weighbridge_checkpoint::{AnyTensor, Checkpoint, DType};

use crate::error::LoadError;
use crate::path::shown;
use crate::plan::{Plan, untied};
use crate::report::{Finding, FindingSide, Report, TiedNote};
use crate::rules::says;

/// Refuses tied tensors that differ. Of two that are equal, only one stays in memory.
pub(crate) fn merge(
    report: &mut Report,
    checkpoint: &Checkpoint,
    plan: &Plan,
    tensors: &mut Tensors<'_>,
    threads: Option<usize>,
) -> Result<(), LoadError> {
    // `report.shared` has the ties in the order of the plan
    for (at, &(number, other)) in plan.ties.iter().enumerate() {
        if is_one(checkpoint, plan, number, other) {
            tensors.share(number, other);
        } else if let Some((own_take, others_take)) = both(plan, number, other)
            && let Some((own, others)) = tensors.get(number).zip(tensors.get(other))
        {
            let in_file = |tensor: AnyTensor, assignment| match uncast(checkpoint, assignment) {
                Some(assignment) => fetch_one(checkpoint, assignment, threads),
                None => Ok(tensor),
            };
            let element = differ(&in_file(own, own_take)?, &in_file(others, others_take)?);
            element.into_iter().for_each(|element| refuse(report, plan, at, element));
            tensors.share(number, other);
        }
    }
    settle(report)
}

/// Refuses tied tensors that differ. Two of them are in memory at a time.
pub(crate) fn compare(
    report: &mut Report,
    checkpoint: &Checkpoint,
    plan: &Plan,
    threads: Option<usize>,
) -> Result<(), LoadError> {
    for (at, &(number, other)) in plan.ties.iter().enumerate() {
        let Some((own, others)) = both(plan, number, other) else { continue };
        if is_one(checkpoint, plan, number, other) {
            continue;
        }
        let in_file = |assignment: &Assignment| {
            fetch_one(checkpoint, uncast(checkpoint, assignment).unwrap_or_else(|| assignment.clone()), threads)
        };
        let element = differ(&in_file(own)?, &in_file(others)?);
        element.into_iter().for_each(|element| refuse(report, plan, at, element));
    }
    settle(report)
}

/// The assignments of two parameters, if the file has a tensor for each.
fn both(plan: &Plan, number: usize, other: usize) -> Option<(&Assignment, &Assignment)> {
    let own = |number: usize| {
        plan.assignments[number].as_ref().filter(|assignment| !matches!(assignment, Assignment::Same(_)))
    };
    own(number).zip(own(other))
}

/// Whether two parameters are one tensor of the file under two names, so that there is nothing to compare.
fn is_one(checkpoint: &Checkpoint, plan: &Plan, number: usize, other: usize) -> bool {
    match both(plan, number, other) {
        Some((
            Assignment::Whole { entry: own, dtype, read_as, .. },
            Assignment::Whole { entry: others, dtype: others_dtype, read_as: others_read_as, .. },
        )) => {
            (dtype, read_as) == (others_dtype, others_read_as)
                && checkpoint.entry(*own).is_at(&checkpoint.entry(*others))
        }
        _ => false,
    }
}

/// The number of the first element in which two tensors differ.
fn differ(own: &AnyTensor, others: &AnyTensor) -> Option<usize> {
    if own == others {
        return None;
    }
    let differ = own.as_bytes().iter().zip(others.as_bytes()).position(|(a, b)| a != b);
    Some(differ.map_or(0, |byte| own.dtype().elements_in(byte)))
}

/// The assignment without its cast, because tensors that differ may become equal by a cast. `None` if there is no cast, or if
/// the parameter is composed of tensors of several dtypes.
fn uncast(checkpoint: &Checkpoint, assignment: &Assignment) -> Option<Assignment> {
    let in_file = |entry: usize, to: DType| Some(checkpoint.entry(entry).dtype()).filter(|from| !from.reads_as(to));
    match assignment {
        Assignment::Whole { entry, dtype, .. } => {
            Some(Assignment::Whole { entry: *entry, dtype: in_file(*entry, *dtype)?, read_as: None, vector: false })
        }
        Assignment::Composed(composed) => {
            let mut pieces = composed.pieces.iter().map(|piece| in_file(piece.entry, composed.dtype));
            let dtype = pieces.next()??;
            let is_alike = pieces.all(|other| other == Some(dtype));
            is_alike.then(|| {
                let mut composed = Composed { dtype, vector: false, ..(**composed).clone() };
                composed.pieces.iter_mut().for_each(|piece| piece.read_as = None);
                Assignment::Composed(Box::new(composed))
            })
        }
        Assignment::Same(_) => None,
    }
}

/// Notes that a tied parameter differs from the other: a mistake of the configuration, if that has tied them.
fn refuse(report: &mut Report, plan: &Plan, tie: usize, element: usize) {
    let TiedNote { path, target, .. } = report.shared[tie].clone();
    if let Some(wrong) = plan.tied_by.get(&plan.ties[tie].0) {
        if !report.config.iter().any(|told| told.path == wrong.path) {
            let differ = format!("`{}` and `{}` differ, from element {element} on", shown(&path), shown(&target));
            let hints = vec![format!("{differ}; {}", says::CONFIG_OR_FILE)];
            report.config.push(Finding { hints, ..wrong.clone() });
        }
        return;
    }
    report.tied.push(Finding {
        path,
        expected: Some(FindingSide::words(format!("the elements of `{target}`"))),
        found: Some(FindingSide::words(format!("others, from element {element} on"))),
        hints: untied(plan.open_ties.get(&plan.ties[tie].0).map(String::as_str)),
        ..Finding::default()
    });
}

fn settle(report: &mut Report) -> Result<(), LoadError> {
    report.finish();
    if report.ok { Ok(()) } else { Err(LoadError::Mismatch(Box::new(std::mem::take(report)))) }
}
