//! The nearest cause of each mistake. A wrong hint is worse than none, so each says only what names, shapes and dtypes
//! together show.

mod fields;
mod fused;
mod hidden;
mod infix;
mod leftovers;
mod names;
mod naming;
mod quantised;
mod sizes;

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

use weighbridge_checkpoint::Shape;
use weighbridge_lock::counted;

use self::leftovers::{Extra, Leftovers, sibling};
use super::list::first_gap;
use super::outcome::{ListLength, Misshapen, Missing};
use super::resolver::Resolver;
use crate::path::{index, literal, shown};
use crate::report::{Finding, FindingSide, Report, plural, ranges};
use crate::rules::{layout, packed, says};

/// Turns what is missing, unexpected or of another shape into findings with their causes.
pub(super) fn explain(resolver: &mut Resolver<'_>, entries: &[usize]) {
    let missing = merged(std::mem::take(&mut resolver.out.missing));
    let unexpected: Vec<Extra> = entries
        .iter()
        .map(|&entry| (entry, resolver.checkpoint.entry(entry)))
        .map(|(number, entry)| Extra {
            name: entry.name().to_owned(),
            path: resolver.name_of(number).to_owned(),
            dtype: entry.dtype(),
            shape: entry.shape().to_vec(),
        })
        .collect();
    let mut left = Leftovers {
        missing_hints: missing.iter().map(|missing| parts(resolver, missing)).collect(),
        unexpected_hints: vec![Vec::new(); unexpected.len()],
        missing: &missing,
        unexpected,
    };
    // an update may keep parameters, and then the length of their list is not wrong
    if !missing.is_empty() || !entries.is_empty() {
        let lengths = resolver.out.lengths.iter().filter_map(|length| other_length(length, names::loader(resolver)));
        let lengths: Vec<String> = lengths.collect();
        resolver.out.report.hints.extend(lengths);
    }
    let is_quantised = quantised::explain(resolver, &left);
    let is_renamed = naming::common_prefix(resolver, &left) || infix::explain(resolver, &left);
    if !is_quantised && !is_renamed && !left.too_many() {
        fused::explain(&mut left);
        naming::nearest(resolver, &mut left);
        naming::misspelt_sources(resolver, &mut left);
        naming::tied(resolver, &mut left);
    }
    let Leftovers { missing_hints, unexpected_hints, unexpected, .. } = left;
    for (missing, hints) in missing.iter().zip(missing_hints) {
        resolver.out.report.missing.push(Finding {
            path: missing.path.clone(),
            expected: Some(resolver.out.dims.tensor_side(&missing.expected)),
            hints,
            ..Finding::default()
        });
    }
    for ((&entry, extra), hints) in entries.iter().zip(unexpected).zip(unexpected_hints) {
        let found = Some(FindingSide::of_tensor(extra.dtype, &Shape::from(extra.shape)));
        let finding = Finding { found, hints, ..resolver.located(entry) };
        resolver.out.report.unexpected.push(Finding { path: extra.name, ..finding });
    }
    misshapen(resolver, is_quantised);
    let rest = rest_alone(resolver, entries);
    resolver.out.report.hints.extend(rest);
    hoist(&mut resolver.out.report);
}

/// The most patterns that a hint names.
const MOST_PATTERNS: usize = 3;

/// The hint for entries that no parameter takes, if nothing else is wrong and nothing explains them.
fn rest_alone(resolver: &Resolver<'_>, entries: &[usize]) -> Option<String> {
    let report = &resolver.out.report;
    let is_all = report.findings().count() == entries.len() && !entries.is_empty();
    if !is_all || !report.hints.is_empty() || report.findings().any(|(_, finding)| !finding.hints.is_empty()) {
        return None;
    }
    // the items of a list have one pattern
    let mut patterns: BTreeSet<String> = BTreeSet::new();
    for &entry in entries {
        let name = resolver.name_of(entry);
        let any_index = |component| if index(component).is_some() { "*" } else { component };
        patterns.insert(name.split('.').map(any_index).collect::<Vec<_>>().join("."));
        if patterns.len() > MOST_PATTERNS {
            break;
        }
    }
    let call = match patterns.len() {
        few if few <= MOST_PATTERNS => {
            let all: Vec<String> = patterns.iter().map(|pattern| literal(pattern)).collect();
            format!("ignore([{}])", all.join(", "))
        }
        _ => "unexpected(Rule::Allow)".to_owned(),
    };
    let loader = names::loader(resolver);
    Some(format!("nothing else is wrong; to leave these names alone, say `{loader}.{call}`"))
}

/// Puts the hint that helps most of a long report first: the report then shows it there, and not below its rows.
fn hoist(report: &mut Report) {
    let total = report.findings().count();
    // how often each hint is there, and which one is first: of several that are as frequent, that one stands first
    let mut counts: HashMap<&str, (usize, usize)> = HashMap::new();
    for (place, hint) in report.findings().flat_map(|(_, finding)| &finding.hints).enumerate() {
        counts.entry(hint).or_insert((0, place)).0 += 1;
    }
    let most = counts.into_iter().max_by_key(|(_, (count, first))| (*count, Reverse(*first)));
    if let Some((hint, (count, _))) = most
        && count >= naming::LONG
        && count * 2 > total
    {
        report.hints.insert(0, hint.to_owned());
    }
}

/// A list of another length than the module's. Nothing is said of an absent list: each of its parameters is missing.
fn other_length(length: &ListLength, loader: &str) -> Option<String> {
    let ListLength { path, wanted, found, is_fixed, has_hidden } = length;
    // what is missing names the patterns
    let last = found.last().filter(|_| !has_hidden)?;
    let list = if path.is_empty() { "the list".to_owned() } else { format!("`{path}`") };
    let count = found.len();
    let has_gap = last.checked_add(1) != Some(count);
    let items = match has_gap {
        true => format!("the items {}", ranges(found)),
        false => counted(count, "item"),
    };
    let remedy = match (has_gap, is_fixed) {
        // an index that the module has is free for the first one beyond them
        (true, _) => match (first_gap(found.iter().copied()), found.iter().find(|i| **i >= *wanted)) {
            (Some(absent), Some(beyond)) if count == *wanted => {
                let at = |index: usize| literal(&sibling(path, &index.to_string()));
                format!("number them from 0 without a gap, with `{loader}.rename({}, {})`", at(*beyond), at(absent))
            }
            _ => "the items of a list are numbered from 0 without a gap".to_owned(),
        },
        (false, true) => format!("declare {count}, or load a checkpoint with {wanted}"),
        (false, false) => "an update keeps the length of a list, so load a new module".to_owned(),
    };
    Some(format!("{list} has {items} in the checkpoint, and {wanted} in the module; {remedy}"))
}

/// The hints that a missing tensor has from the walk: what is made from it, the optional part that it belongs to, and the
/// pattern that hides it.
fn parts(resolver: &Resolver<'_>, missing: &Missing) -> Vec<String> {
    let wholes: Vec<String> = missing.part_of.iter().map(|whole| format!("`{whole}`")).collect();
    let made_from_it = match wholes.as_slice() {
        [] => None,
        [whole] => Some(format!("the parameter {whole} is made from it")),
        [first @ .., last] => Some(format!("the parameters {} and {last} are made from it", first.join(", "))),
    };
    let half_there = missing.optional.as_ref().map(|part| {
        // the root has no path
        let part = if part.is_empty() { says::THE_MODULE.to_owned() } else { format!("`{part}`") };
        format!(
            "{part} is optional but only partly present; the checkpoint must have all of it or nothing, unless what is missing is an `Option` of its own"
        )
    });
    made_from_it.into_iter().chain(half_there).chain(hidden::explain(resolver, missing)).collect()
}

/// Turns the tensors of another shape into findings with their causes.
fn misshapen(resolver: &mut Resolver<'_>, is_quantised: bool) {
    let mut is_transposed = false;
    let mut unexplained: Vec<&Misshapen> = Vec::new();
    let all = std::mem::take(&mut resolver.out.misshapen);
    for misshapen in &all {
        let entry = resolver.checkpoint.entry(misshapen.entry);
        let (expected, found) = (&misshapen.expected, entry.shape());
        let (parent, leaf) = names::split_last(&misshapen.path);
        let hint = resolver.with_layer(parent, |layer| packed::explain(expected, leaf, found, layer));
        let hint = hint.map(|hint| hint.as_str().to_owned());
        let hint = hint.or_else(|| quantised::group_size(resolver, misshapen, &all)).or_else(|| {
            is_transposed |= layout::is_transposed(expected, found);
            layout::explain(expected, found).map(|hint| hint.as_str().to_owned())
        });
        if hint.is_none() {
            unexplained.push(misshapen);
        }
        let finding = Finding {
            expected: Some(resolver.out.dims.shape_side(expected)),
            found: Some(FindingSide::of_shape(found)),
            hints: hint.into_iter().collect(),
            ..resolver.located(misshapen.entry)
        };
        resolver.out.report.shape.push(Finding { path: misshapen.path.clone(), ..finding });
    }
    if !is_quantised {
        let sizes = sizes::explain(resolver, &unexplained);
        resolver.out.report.hints.extend(sizes);
    }
    if is_transposed {
        let squares = squares(&resolver.out.squares, resolver);
        resolver.out.report.hints.extend(squares);
    }
}

/// Square matrices fit whichever way they lie, which is in doubt where others are transposed.
fn squares(entries: &[usize], resolver: &Resolver<'_>) -> Option<String> {
    let name = resolver.checkpoint.entry(*entries.first()?).name();
    let count = entries.len();
    let fit = plural(count, "square matrix fits", "square matrices fit");
    let (first, them) = (plural(count, "", "the first is "), plural(count, "it", "them"));
    Some(format!(
        "{count} {fit}, transposed or not ({first}`{}`); if you declare the others transposed, check {them} too",
        shown(name)
    ))
}

/// Reports a tensor that several parameters are cut from once.
fn merged(missing: Vec<Missing>) -> Vec<Missing> {
    let mut merged: Vec<Missing> = Vec::with_capacity(missing.len());
    let mut cut: HashMap<String, usize> = HashMap::new();
    for mut one in missing {
        if !one.part_of.is_empty() {
            let place = *cut.entry(one.path.clone()).or_insert(merged.len());
            if let Some(first) = merged.get_mut(place) {
                first.expected.raise(&one.expected);
                first.part_of.append(&mut one.part_of);
                continue;
            }
        }
        merged.push(one);
    }
    merged
}
