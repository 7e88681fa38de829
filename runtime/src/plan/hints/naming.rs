//! Finds parameters that the file has under another name.

use std::collections::{HashMap, HashSet};

use super::fields::fields_of;
use super::leftovers::{Leftovers, PAIRS, fixed_shape, group};
use super::names::{self, cost, is_embedding, is_head, may_be};
use crate::path::{literal, shown};
use crate::plan::resolver::Resolver;

/// Most of the missing parameters are in the file, all behind one prefix, or all without it.
pub(super) fn common_prefix(resolver: &mut Resolver<'_>, left: &Leftovers<'_>) -> bool {
    let missing: Vec<&str> = left.missing.iter().map(|missing| missing.path.as_str()).collect();
    let unexpected: Vec<&str> = left.unexpected.iter().map(|extra| extra.path.as_str()).collect();
    let loader = names::loader(resolver);
    let hint = if let Some(prefix) = prefix_of(&unexpected, &missing) {
        names::strip(&prefix, &shown(&prefix), loader)
    } else if let Some(prefix) = prefix_of(&missing, &unexpected) {
        let calls = if resolver.out.report.fitting_count == 0 {
            format!(".add_prefix({})", literal(&prefix))
        } else {
            // a prefix for all would change the names that fit already
            renames(&prefix, &missing, &unexpected)
        };
        names::add(&prefix, &format!("{loader}{calls}"))
    } else {
        return false;
    };
    resolver.out.report.hints.push(hint);
    true
}

/// A renaming for each first component that lacks the prefix.
fn renames(prefix: &str, missing: &[&str], unexpected: &[&str]) -> String {
    let wanted: HashSet<&str> = missing.iter().copied().collect();
    let mut first: Vec<&str> = unexpected
        .iter()
        .filter(|name| wanted.contains(format!("{prefix}{name}").as_str()))
        .filter_map(|name| name.split('.').next())
        .collect();
    first.sort_unstable();
    first.dedup();
    let call = |name: &&str| format!(".rename({}, {})", literal(name), literal(&format!("{prefix}{name}")));
    first.iter().map(call).collect()
}

/// The shortest prefix that at least four of five names in `long` begin with, and that turns as many of the names in
/// `short` into names in `long`. At least two must begin with it.
fn prefix_of(long: &[&str], short: &[&str]) -> Option<String> {
    let longer: HashSet<&str> = long.iter().copied().collect();
    // sorted, the names with a common prefix are consecutive, so one of them is in the middle
    let mut ordered = long.to_vec();
    ordered.sort_unstable();
    let middle = *ordered.get(long.len() / 2)?;
    let mut prefixes = middle.match_indices('.').map(|(dot, _)| &middle[..=dot]);
    let is_common = |prefix: &&str| {
        let begin = long.iter().filter(|long| long.starts_with(prefix)).count();
        let found = short.iter().filter(|short| longer.contains(format!("{prefix}{short}").as_str())).count();
        begin >= 2 && found > 0 && found * 5 >= short.len().min(long.len()) * 4 && begin * 5 >= long.len() * 4
    };
    prefixes.find(is_common).map(str::to_owned)
}

/// A report with this many findings is long: one hint for most of them comes first.
pub(super) const LONG: usize = 8;
/// The most parameters whose fields are looked up. A lock may have any number of names in one module.
const MOST_LOOKED_UP: usize = 1000;
/// The most remedies that one hint names.
const MOST_REMEDIES: usize = 4;

/// A missing parameter and the entry that it may be, by their numbers, and what to do then.
struct Pair {
    missing: usize,
    extra: usize,
    remedy: String,
}

/// Finds the names that are nearly the same, or the only ones of their shape.
pub(super) fn nearest(resolver: &mut Resolver<'_>, left: &mut Leftovers<'_>) {
    let missing = group(left.missing, |missing| fixed_shape(&missing.expected));
    let unexpected = group(&left.unexpected, |extra| Some(extra.shape.clone()));
    let mut pairs: Vec<Pair> = Vec::new();
    for m in 0..left.missing.len() {
        if !left.missing_hints[m].is_empty() && left.missing[m].optional.is_none() {
            continue;
        }
        let Some(e) = near(left, m).or_else(|| alone(left, m, &missing, &unexpected)) else { continue };
        let (path, name) = (&left.missing[m].path, &left.unexpected[e].path);
        let fields =
            Some(resolver.root).filter(|_| pairs.len() < MOST_LOOKED_UP).and_then(|root| fields_of(root, path));
        let remedy = names::remedy(&fields.unwrap_or_default(), names::loader(resolver), path, name);
        pairs.push(Pair { missing: m, extra: e, remedy });
    }
    without_crowds(&mut pairs, left.unexpected.len());
    if let Some(hint) = one_for_most(&pairs, left) {
        return resolver.out.report.hints.push(hint);
    }
    for Pair { missing, extra, remedy } in pairs {
        left.missing_hints[missing].push(names::it_may_be(&shown(&left.unexpected[extra].name), &remedy));
        left.unexpected_hints[extra].push(names::did_you_mean(&left.missing[missing].path));
    }
}

/// An entry that is near more missing parameters than this is no sign of any of them.
const CROWD: usize = 8;

/// Takes out the pairs of an entry that would stand for a crowd of parameters: a hint for each would be as long as the module.
fn without_crowds(pairs: &mut Vec<Pair>, unexpected: usize) {
    let mut counts = vec![0; unexpected];
    pairs.iter().for_each(|pair| counts[pair.extra] += 1);
    pairs.retain(|pair| counts[pair.extra] <= CROWD);
}

/// One hint for a long report in which a few remedies help most of what is missing.
fn one_for_most(pairs: &[Pair], left: &Leftovers<'_>) -> Option<String> {
    if pairs.len() < LONG || pairs.len() * 5 < left.missing.len() * 4 {
        return None;
    }
    let mut remedies: Vec<(&str, usize)> = Vec::new();
    for Pair { remedy, .. } in pairs {
        match remedies.iter_mut().find(|(known, _)| known == remedy) {
            Some((_, count)) => *count += 1,
            None => remedies.push((remedy, 1)),
        }
        if remedies.len() > MOST_REMEDIES {
            return None;
        }
    }
    let helps_many = remedies.iter().all(|(_, count)| *count > 1);
    let texts: Vec<&str> = remedies.iter().map(|(remedy, _)| *remedy).collect();
    helps_many.then(|| names::they_may_be(pairs.len(), &texts))
}

/// The indices of the names of each shape.
type ByShape = HashMap<Vec<usize>, Vec<usize>>;

/// The unexpected entry that fits a missing parameter and has the nearest name, if there is only one.
fn near(left: &Leftovers<'_>, m: usize) -> Option<usize> {
    let missing = &left.missing[m];
    let candidates: Vec<(usize, usize)> = left
        .unexpected
        .iter()
        .enumerate()
        .filter(|(_, extra)| missing.expected.fits(&extra.shape))
        .filter_map(|(e, extra)| Some((cost(&missing.path, &extra.path)?, e)))
        .collect();
    let &best = candidates.iter().min()?;
    let tied = candidates.iter().filter(|(cost, _)| *cost == best.0).count() > 1;
    (!tied).then_some(best.1)
}

/// The unexpected entry of the same shape, if no other on either side has this shape.
fn alone(left: &Leftovers<'_>, m: usize, missing: &ByShape, unexpected: &ByShape) -> Option<usize> {
    let shape = fixed_shape(&left.missing[m].expected).filter(|shape| shape.len() > 1)?;
    match (missing.get(&shape)?.as_slice(), unexpected.get(&shape)?.as_slice()) {
        ([_], [e]) if may_be(&left.missing[m].path, &left.unexpected[*e].path) => Some(*e),
        _ => None,
    }
}

/// Finds source tensors that are misspelt in `from`, where another parameter takes the tensor that is meant.
pub(super) fn misspelt_sources(resolver: &Resolver<'_>, left: &mut Leftovers<'_>) {
    let sources = left.missing.iter().filter(|missing| !missing.part_of.is_empty()).count();
    if sources.saturating_mul(resolver.checkpoint.len()) > PAIRS {
        return;
    }
    for (missing, hints) in left.missing.iter().zip(&mut left.missing_hints) {
        if missing.part_of.is_empty() {
            continue;
        }
        let all = resolver.entries().map(|(name, _)| name);
        let mut near = all.filter(|name| names::is_misspelt(&missing.path, name));
        if let (Some(name), None) = (near.next(), near.next()) {
            hints.push(names::say_so_in_from(&shown(name)));
        }
    }
}

/// Finds an output layer that shares its weight with the embedding, and that only the module or only the file has.
pub(super) fn tied(resolver: &Resolver<'_>, left: &mut Leftovers<'_>) {
    // a model has one output layer, so if there are more, they are something else
    let heads = left.missing.iter().filter(|missing| is_head(&missing.path)).count()
        + left.unexpected.iter().filter(|extra| is_head(&extra.path)).count();
    if heads > 2 {
        return;
    }
    let embedding = |fits: &dyn Fn(&[usize]) -> bool| {
        let mut entries = resolver.entries().filter(|(name, entry)| is_embedding(name) && fits(entry.shape()));
        match (entries.next(), entries.next()) {
            (Some((name, _)), None) => Some(name.to_owned()),
            _ => None,
        }
    };
    for (missing, hints) in left.missing.iter().zip(&mut left.missing_hints) {
        if is_head(&missing.path)
            && let Some(name) = embedding(&|shape| missing.expected.fits(shape))
        {
            hints.extend(names::may_be_tied(resolver.root, &missing.path, &name));
        }
    }
    for (extra, hints) in left.unexpected.iter().zip(&mut left.unexpected_hints) {
        if hints.is_empty()
            && is_head(&extra.path)
            && let Some(name) = embedding(&|shape| shape == extra.shape)
        {
            hints.push(names::may_be_once_more(&extra.path, &name, &extra.shape));
        }
    }
}
