//! Parameters of an update that do not fit, and that may be meant to stay as they are: a head for another number of classes.

use std::collections::BTreeSet;

use weighbridge_lock::counted;

use super::leftovers::Leftovers;
use super::names::{self, split_last};
use super::renaming::Retry;
use super::templates::template;
use crate::path::literal;
use crate::plan::policy::Policy;
use crate::plan::resolver::Resolver;
use crate::plan::score::Score;
use crate::report::plural;
use crate::rules::{Instances, layout};

/// More parameters than this are not a head, unless twice as many fit.
const FEW: usize = 4;
/// The most patterns that the hint names.
const MOST_PATTERNS: usize = 3;

/// The hint with the patterns that keep them, if all others then fit as well as before.
pub(super) fn explain(resolver: &Resolver<'_>, left: &Leftovers<'_>, first: Score, retry: Retry<'_>) -> Option<String> {
    let fitting = resolver.out.report.fitting_count;
    if !resolver.may_keep || fitting == 0 {
        return None;
    }
    let misshapen = resolver.out.misshapen.iter().filter(|misshapen| {
        let entry = resolver.checkpoint.entry(misshapen.entry);
        let hint = layout::explain(&misshapen.expected, entry.shape(), entry.dtype(), Instances::NONE);
        misshapen.expected.is_plain() && hint.is_none()
    });
    let misshapen: Vec<&str> = misshapen.map(|misshapen| misshapen.path.as_str()).collect();
    // what something else explains is not meant to be kept
    let is_explained = !resolver.out.report.hints.is_empty();
    let missing = left.missing.iter().zip(&left.missing_hints).filter(|(_, hints)| hints.is_empty() && !is_explained);
    let missing: Vec<&str> = missing.map(|(missing, _)| missing.path.as_str()).collect();
    let paths: BTreeSet<&str> = misshapen.iter().chain(&missing).copied().collect();
    let count = paths.len();
    if count == 0 || (count > FEW && count * 2 > fitting) {
        return None;
    }
    let whole = |path: &str| match split_last(path).0 {
        "" => path.to_owned(),
        module => format!("{module}.*"),
    };
    let modules: BTreeSet<String> = paths.iter().map(|path| whole(path)).collect();
    let lists: BTreeSet<String> = modules.iter().map(|pattern| template(pattern)).collect();
    let each: BTreeSet<String> = paths.iter().map(|path| (*path).to_owned()).collect();
    let patterns = [modules, lists, each].into_iter().find(|patterns| {
        patterns.len() <= MOST_PATTERNS && {
            let mut keep = resolver.policy.keep.clone();
            keep.extend(patterns.iter().cloned());
            retry(&Policy { keep, ..resolver.policy.clone() }).keeps_what_fits(&first)
        }
    })?;
    let patterns: Vec<String> = patterns.iter().map(|pattern| literal(pattern)).collect();
    let all = counted(count, "parameter");
    let why = match (misshapen.is_empty(), missing.is_empty()) {
        (false, true) => format!("{all} {} another shape in the checkpoint", plural(count, "has", "have")),
        (true, _) => format!("the checkpoint lacks {all}"),
        (false, false) => format!("{all} {} not fit", plural(count, "does", "do")),
    };
    let is = plural(count, "it is", "they are");
    Some(format!(
        "{why}; if {is} to stay as {is}, as in a new head, say `{}.keep([{}])`",
        names::loader(resolver),
        patterns.join(", ")
    ))
}
