//! Tensors that are tied must be equal, as they are in the file.

use crate::checkpoint::Checkpoint;
use crate::error::LoadError;
use crate::plan::{Plan, Take};
use crate::read::{Meter, fetch, tensor};
use crate::report::{Finding, Report};
use crate::tensor::AnyTensor;

/// Refuses tied tensors that differ. Of those that are equal one is left: the second copy goes.
pub(crate) fn merge(
    report: &mut Report,
    checkpoint: &Checkpoint,
    plan: &Plan,
    tensors: &mut [Option<AnyTensor>],
) -> Result<(), LoadError> {
    // the report notes ties in the order of the plan
    for (at, &(number, other)) in plan.ties.iter().enumerate() {
        let (Some(own), Some(others)) = (&tensors[number], &tensors[other]) else { continue };
        if let Some((own_take, others_take)) = both(plan, number, other) {
            let element = differ(checkpoint, (own_take, own), (others_take, others))?;
            report.tied.extend(element.map(|element| finding(report, at, element)));
            tensors[number] = tensors[other].clone();
        }
    }
    settle(report)
}

/// Refuses tied tensors that differ, two in memory at a time.
pub(crate) fn compare(report: &mut Report, checkpoint: &Checkpoint, plan: &Plan) -> Result<(), LoadError> {
    for (at, &(number, other)) in plan.ties.iter().enumerate() {
        let Some((own, others)) = both(plan, number, other) else { continue };
        let takes = [own, others];
        let (mut tensors, _) = fetch(checkpoint, &takes, None, &Meter::new(None, 0))?;
        if let (Some(one), Some(two)) = (tensors.next(), tensors.next()) {
            let element = differ(checkpoint, (own, &one), (others, &two))?;
            report.tied.extend(element.map(|element| finding(report, at, element)));
        }
    }
    settle(report)
}

/// Where each of two parameters has elements of its own in the file.
fn both(plan: &Plan, number: usize, other: usize) -> Option<(&Take, &Take)> {
    let own = |number: usize| plan.takes[number].as_ref().filter(|take| !matches!(take, Take::Same(_)));
    own(number).zip(own(other))
}

/// The first element in which two tensors differ. A cast may make one of two that differ, so that what is in the file is
/// compared where both are cast.
fn differ(
    checkpoint: &Checkpoint,
    (own_take, own): (&Take, &AnyTensor),
    (others_take, others): (&Take, &AnyTensor),
) -> Result<Option<usize>, LoadError> {
    let (own, others) = match (uncast(checkpoint, own_take)?, uncast(checkpoint, others_take)?) {
        (Some(own), Some(others)) => (own, others),
        _ => (own.clone(), others.clone()),
    };
    if own == others {
        return Ok(None);
    }
    let differ = own.as_bytes().iter().zip(others.as_bytes()).position(|(a, b)| a != b);
    Ok(Some(differ.map_or(0, |byte| byte * 8 / own.dtype().bits())))
}

/// The tensor of a parameter that is cast, as the file has it.
fn uncast(checkpoint: &Checkpoint, take: &Take) -> Result<Option<AnyTensor>, LoadError> {
    match take {
        Take::Whole { entry, dtype, .. } if !checkpoint.entry(*entry).dtype().reads_as(*dtype) => {
            tensor(checkpoint, *entry, checkpoint.entry(*entry).dtype()).map(Some)
        }
        _ => Ok(None),
    }
}

fn finding(report: &Report, tie: usize, element: usize) -> Finding {
    let note = &report.shared[tie];
    Finding {
        path: note.path.clone(),
        expected: Some(format!("the elements of `{}`", note.target)),
        found: Some(format!("others, from element {element} on")),
        hints: vec![Finding::UNTIED.to_owned()],
        ..Finding::default()
    }
}

fn settle(report: &mut Report) -> Result<(), LoadError> {
    report.finish();
    if report.ok { Ok(()) } else { Err(LoadError::Mismatch(Box::new(std::mem::take(report)))) }
}
