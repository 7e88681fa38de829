//! The nearest cause of each mistake. A wrong hint is worse than none, so each says only what names, shapes and dtypes
//! together show.

mod beside;
mod calls;
mod dims;
mod factors;
mod fields;
mod fused;
mod hidden;
mod instances;
mod items;
mod keep;
mod kinds;
mod leave_out;
mod leftovers;
mod lists;
mod looks;
mod names;
mod naming;
mod pairs;
mod published;
mod quantised;
mod renaming;
mod said;
mod shapes;
mod sizes;
mod stacked;
mod stale;
mod templates;
mod words;

use std::cmp::Reverse;
use std::collections::HashMap;

use weighbridge_checkpoint::Shape;

pub(super) use self::hidden::no_arrays;
use self::leftovers::{Extra, Leftovers};
use super::name_tree::ROOT;
use super::outcome::{Demand, LengthOf, Missing};
use super::resolver::Resolver;
use super::score::Score;
use crate::report::{Finding, FindingSide, Report};
use crate::rules::says;
use crate::schema::Known;

/// Turns what is missing, unexpected or of another shape into findings with their causes.
pub(super) fn explain(resolver: &mut Resolver<'_>, entries: &[usize], retry: renaming::Retry<'_>) {
    let score = Score::so_far(resolver, entries.len());
    let mut missing = merged(std::mem::take(&mut resolver.out.missing));
    if resolver.policy.says_names() {
        for missing in &missing {
            resolver.fix_dims(&missing.expected);
        }
    }
    let sides: Vec<FindingSide> =
        missing.iter().map(|missing| resolver.out.dims.tensor_side(&missing.expected)).collect();
    if resolver.policy.says_names() {
        // what the caller says of names is as good as constants
        let said = resolver.out.dims.said();
        for missing in &mut missing {
            missing.expected = missing.expected.evaluated(Known::of(&said));
        }
    }
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
    let said = said::explain(resolver, score, retry);
    let is_said = said.is_some();
    resolver.out.report.hints.extend(said);
    let is_quantised = quantised::explain(resolver, &left);
    let is_known = is_quantised || is_said || kinds::explain(resolver, &left);
    // an update may keep parameters, and then the length of their list is not wrong
    let gaps = resolver.out.gaps.iter().filter(|gap| gap.of == LengthOf::File || !missing.is_empty());
    if !missing.is_empty() || !entries.is_empty() || gaps.clone().next().is_some() {
        let lengths = resolver.out.lengths.iter().chain(&resolver.out.tuples).chain(gaps);
        let lengths = lists::explain(lengths, names::loader(resolver));
        resolver.out.report.hints.extend(lengths);
    }
    let renamed = if entries.is_empty() { None } else { renaming::explain(resolver, &left, (score, is_known), retry) };
    let (is_renamed, is_part) = (renamed.is_some(), renamed.is_some_and(|renamed| renamed.is_part));
    // a training state may have the model beside it
    let optimizer = if is_known || is_renamed { None } else { kinds::optimizer(resolver, &left) };
    let is_known = is_known || optimizer.is_some();
    resolver.out.report.hints.extend(optimizer);
    let is_renamed = is_renamed || (!is_known && items::explain(resolver, &left));
    if !is_known && !is_renamed {
        factors::explain(resolver, &mut left);
        fused::explain(&mut left);
        stacked::explain(&mut left);
        let before = (left.missing_hints.clone(), left.unexpected_hints.clone());
        let is_near = naming::nearest(resolver, &mut left);
        naming::misspelt_sources(resolver, &mut left);
        naming::tied(resolver, &mut left);
        let another = kinds::another_model(resolver, &left).filter(|_| !is_near);
        if another.is_some() {
            // a name of another model is like one of this by chance
            (left.missing_hints, left.unexpected_hints) = before;
        }
        resolver.out.report.hints.extend(another);
    }
    let known = leave_out::known(resolver, &left, entries);
    // a subtree has none of them
    let known = known.filter(|_| left.unexpected.len() < score.findings() && !is_part);
    resolver.out.report.hints.extend(known);
    let kept = if is_known || is_renamed { None } else { keep::explain(resolver, &left, score, retry) };
    let is_kept = kept.is_some();
    resolver.out.report.hints.extend(kept);
    if !is_known {
        dims::explain(&mut resolver.out.report);
    }
    let Leftovers { missing_hints, unexpected_hints, unexpected, .. } = left;
    for ((missing, mut hints), side) in missing.iter().zip(missing_hints).zip(sides) {
        hints.extend(demand(resolver, missing));
        resolver.out.report.missing.push(Finding {
            path: missing.path.clone(),
            expected: Some(side),
            hints,
            ..Finding::default()
        });
    }
    for ((&entry, extra), hints) in entries.iter().zip(unexpected).zip(unexpected_hints) {
        let found = Some(FindingSide::of_tensor(extra.dtype, &Shape::from(extra.shape)));
        let finding = Finding { found, hints, ..resolver.located(entry) };
        resolver.out.report.unexpected.push(Finding { path: extra.name, ..finding });
    }
    stale::renamings(resolver);
    if !is_renamed {
        stale::ignores(resolver, entries);
    }
    stale::keeps(resolver);
    shapes::explain(resolver, is_quantised || is_kept);
    instances::dtypes(resolver);
    let rest = leave_out::rest_alone(resolver, entries);
    resolver.out.report.hints.extend(rest);
    hoist(&mut resolver.out.report);
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

/// Why a tensor must be there that is in an option. Where nothing of its module is there, that says enough.
fn demand(resolver: &Resolver<'_>, missing: &Missing) -> Option<String> {
    match missing.demanded.as_ref()? {
        Demand::Said(why) => Some(format!("{}{why}", says::DEMANDED)),
        Demand::Argument(name) => {
            resolver.names.named(ROOT, names::split_last(&missing.path).0)?;
            Some(format!(
                "it must be there, as the argument `{name}` is true; if the model has none, say `args({name} = false)`"
            ))
        }
    }
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
