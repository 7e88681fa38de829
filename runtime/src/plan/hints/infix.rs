//! A component that one side has in its names and the other lacks: wrappers such as `_orig_mod` and `module`.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::leftovers::Leftovers;
use super::names;
use crate::path::{index, literal, natural, shown};
use crate::plan::resolver::Resolver;

/// The most calls that a hint spells out.
const MOST_CALLS: usize = 6;
/// How many names are searched for a component that the other side lacks, and how many components of each.
const SAMPLES: usize = 256;
const DEEPEST: usize = 64;
/// More indices than this are written as a loop.
const MOST_INDICES: usize = 3;

/// Most of the missing parameters are in the file, with one more component in their names.
pub(super) fn explain(resolver: &mut Resolver<'_>, left: &Leftovers<'_>) -> bool {
    let missing: HashSet<&str> = left.missing.iter().map(|missing| missing.path.as_str()).collect();
    let unexpected: Vec<&str> = left.unexpected.iter().map(|extra| extra.path.as_str()).collect();
    let Some(infix) = infix_of(&unexpected, &missing) else { return false };
    let remedy = calls(names::loader(resolver), infix, &places_of(infix, &unexpected, &missing));
    resolver.out.report.hints.push(names::infix(&shown(infix), remedy));
    true
}

/// The component without which most of `long` are in `short`: four of five of the fewer, and at least two.
fn infix_of<'n>(long: &[&'n str], short: &HashSet<&str>) -> Option<&'n str> {
    // a few of the names show which components are worth a try with all of them
    let mut counts: BTreeMap<&'n str, usize> = BTreeMap::new();
    for name in long.iter().step_by(long.len().div_ceil(SAMPLES).max(1)) {
        // the last component is the parameter's own
        let above = name.rsplit_once('.').map_or("", |(above, _)| above);
        let distinct: BTreeSet<&str> = above.split('.').take(DEEPEST).filter(|one| index(one).is_none()).collect();
        for component in distinct.into_iter().filter(|one| short.contains(without(name, one).as_str())) {
            *counts.entry(component).or_default() += 1;
        }
    }
    let (component, _) = counts.into_iter().max_by_key(|(_, count)| *count)?;
    let found = long.iter().filter(|name| short.contains(without(name, component).as_str())).count();
    (found >= 2 && found * 5 >= short.len().min(long.len()) * 4).then_some(component)
}

/// A name without a component, wherever the component is.
fn without(name: &str, component: &str) -> String {
    name.split('.').filter(|one| *one != component).collect::<Vec<_>>().join(".")
}

/// The paths that the infix follows, an outer one before those below it. Each is a path as it is once the outer ones are
/// taken out.
fn places_of(infix: &str, long: &[&str], short: &HashSet<&str>) -> Vec<String> {
    let mut places: BTreeSet<String> = BTreeSet::new();
    for name in long.iter().filter(|name| short.contains(without(name, infix).as_str())) {
        let mut above: Vec<&str> = Vec::new();
        for component in name.split('.') {
            if component == infix {
                places.insert(above.join("."));
            } else {
                above.push(component);
            }
        }
    }
    let mut places: Vec<String> = places.into_iter().collect();
    let depth = |place: &String| if place.is_empty() { 0 } else { place.split('.').count() };
    places.sort_by(|a, b| depth(a).cmp(&depth(b)).then_with(|| natural(a, b)));
    places
}

/// The loader with the calls that take the infix out at these places, as Rust source; `None` if it would be too long.
fn calls(loader: &str, infix: &str, places: &[String]) -> Option<String> {
    // a loop writes the names into `format!`
    if infix.contains(['{', '}']) {
        return None;
    }
    // places that differ in one index only, with `{i}` for it
    let mut groups: Vec<(String, Vec<usize>)> = Vec::new();
    for place in places {
        let (template, found) = indexed(place).map_or((place.clone(), None), |(template, i)| (template, Some(i)));
        match groups.iter_mut().find(|(known, _)| *known == template) {
            Some((_, indices)) => indices.extend(found),
            None => groups.push((template, found.into_iter().collect())),
        }
        if groups.len() > MOST_CALLS {
            return None;
        }
    }
    let (mut text, mut count) = (loader.to_owned(), 0);
    for (template, indices) in groups {
        let rename = |place: &str| format!(".rename({}, {})", literal(&format!("{place}.{infix}")), literal(place));
        match indices.as_slice() {
            [] if template.is_empty() => text.push_str(&format!(".strip_prefix({})", literal(&format!("{infix}.")))),
            [] => text.push_str(&rename(&template)),
            few if few.len() <= MOST_INDICES => {
                few.iter().for_each(|i| text.push_str(&rename(&template.replacen("{i}", &i.to_string(), 1))));
                count += few.len() - 1;
            }
            [first, .., last] if last - first + 1 == indices.len() => {
                let (from, to) = (literal(&format!("{template}.{infix}")), literal(&template));
                let each = format!("|loader, i| loader.rename(format!({from}), format!({to}))");
                text = format!("({first}..={last}).fold({text}, {each})");
            }
            _ => return None,
        }
        count += 1;
    }
    (count <= MOST_CALLS).then_some(text)
}

/// A place with `{i}` for its only index.
fn indexed(place: &str) -> Option<(String, usize)> {
    let mut found = None;
    let mut template: Vec<&str> = Vec::new();
    for component in place.split('.') {
        match index(component) {
            Some(_) if found.is_some() => return None,
            Some(i) => {
                found = Some(i);
                template.push("{i}");
            }
            None => template.push(component),
        }
    }
    Some((template.join("."), found.filter(|_| !place.contains(['{', '}']))?))
}
