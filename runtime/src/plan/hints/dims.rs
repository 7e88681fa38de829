//! Named dims that conflict with a number that the caller gave.

use std::collections::{BTreeMap, BTreeSet};

use crate::path::literal;
use crate::plan::dims::FROM_LOADER;
use crate::report::Report;

/// Says that the number which the loader was given may be the wrong one, and which one fits.
pub(super) fn explain(report: &mut Report) {
    // by what is expected: the numbers of the checkpoint
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for finding in &report.dim {
        if let (Some(expected), Some(is)) = (&finding.expected, &finding.found)
            && expected.ends_with(FROM_LOADER)
        {
            found.entry(expected.text().to_owned()).or_default().insert(is.text().to_owned());
        }
    }
    for finding in &mut report.dim {
        let Some(expected) = finding.expected.as_ref().map(|expected| expected.text()) else { continue };
        let (Some(numbers), Some((name, given))) = (found.get(expected), expected.split_once(" = ")) else { continue };
        let given = given.strip_suffix(FROM_LOADER).unwrap_or(given);
        // what is computed from names has no number of its own
        if given.parse::<usize>().is_err() {
            continue;
        }
        let mut numbers = numbers.iter();
        finding.hints = match (numbers.next(), numbers.next()) {
            (Some(only), None) => vec![format!(
                "the {given} that the loader was given may be wrong; give it the checkpoint's number, with `loader.dim({}, {only})`",
                literal(name)
            )],
            _ => std::mem::take(&mut finding.hints),
        };
    }
}
