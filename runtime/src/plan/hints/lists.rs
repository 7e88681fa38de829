//! Lists of another length than the module's, and lists that do not begin at 0.

use std::collections::BTreeMap;

use weighbridge_lock::counted;

use super::leftovers::sibling;
use super::templates::{ANY, indices, template};
use crate::path::{literal, shown};
use crate::plan::outcome::{LengthOf, ListLength};
use crate::report::ranges;
use crate::schema::Stem;

/// More items than this are not renamed one by one.
const MOST_RENAMED: usize = 6;
/// More items than this are renamed in a loop, if they are consecutive.
const FEW_RENAMED: usize = 3;
/// The most items that a hint says are missing.
const MOST_ABSENT: usize = 1000;
/// The most hints about lists.
const MOST_HINTS: usize = 20;

/// The hints for all lists: one for those that differ in indices only. Where patterns hide items, what is missing names them.
pub(super) fn explain<'l>(lengths: impl Iterator<Item = &'l ListLength>, loader: &str) -> Vec<String> {
    let mut groups: Vec<Lists<'l>> = Vec::new();
    let mut numbers: BTreeMap<(String, &'l str, &'l [usize], usize), usize> = BTreeMap::new();
    for length in lengths.filter(|length| !length.found.is_empty() && !length.has_hidden) {
        let template = template(&length.path);
        let next = groups.len();
        let number =
            *numbers.entry((template.clone(), length.stem.before, &length.found, length.wanted)).or_insert(next);
        if number == next {
            groups.push(Lists { template, all: Vec::new() });
        }
        groups[number].all.push(length);
    }
    groups.iter().filter_map(|lists| lists.hint(loader)).take(MOST_HINTS).collect()
}

/// The indices that ascending ones leave out, as far as they are shown.
fn absent(found: &[usize]) -> Vec<usize> {
    let all = found.iter().scan(0, |next, &index| Some(std::mem::replace(next, index + 1)..index));
    all.flatten().take(MOST_ABSENT).collect()
}

/// Lists that have the same items, and paths that differ in indices only.
struct Lists<'l> {
    template: String,
    all: Vec<&'l ListLength>,
}

impl Lists<'_> {
    fn hint(&self, loader: &str) -> Option<String> {
        let ListLength { wanted, found, of, .. } = self.all.first()?;
        let (first, last) = (*found.first()?, *found.last()?);
        let (lists, count) = (self.shown(), found.len());
        let (has, begins) = if self.all.len() > 1 { ("have", "begin") } else { ("has", "begins") };
        let has_gap = last.checked_add(1) != Some(count);
        if let LengthOf::File = of {
            // an item that is absent among others may be meant to be there
            let renumber = self.renumber(found, loader).filter(|_| (last - first).checked_add(1) == Some(count))?;
            return Some(format!(
                "{lists} {begins} at {first} in the checkpoint; if no item is absent, number from 0 with `{renumber}`"
            ));
        }
        if last.checked_add(1) == Some(*wanted) {
            let absent: Vec<usize> = absent(found);
            let (is, number) = if absent.len() == 1 { ("is", "it") } else { ("are", "them") };
            return Some(format!(
                "{lists} {has} the items {} in the checkpoint, and {} {is} missing; look for the part of the checkpoint that has {number}",
                ranges(found),
                ranges(&absent)
            ));
        }
        let items = match has_gap {
            true => format!("the items {}", ranges(found)),
            false => counted(count, "item"),
        };
        let remedy = match (has_gap, of) {
            (true, _) => match self.renumber(found, loader).filter(|_| count == *wanted) {
                Some(renumber) => format!("number them from 0 without a gap, with `{renumber}`"),
                None => "the items of a list are numbered from 0 without a gap".to_owned(),
            },
            (false, LengthOf::Type) => format!("declare {count}, or load a checkpoint with {wanted}"),
            (false, _) => "an update keeps the length of a list, so load a new module".to_owned(),
        };
        Some(format!("{lists} {has} {items} in the checkpoint, and {wanted} in the module; {remedy}"))
    }

    /// The one index in which the paths differ, for each of them.
    fn outer(&self) -> Vec<usize> {
        let all = self.all.iter().filter_map(|list| indices(&self.template, &list.path));
        let mut outer: Vec<usize> = all.filter_map(|found| found.first().copied()).collect();
        outer.sort_unstable();
        outer
    }

    fn has_one_star(&self) -> bool {
        self.template.split('.').filter(|component| *component == ANY).count() == 1
    }

    fn shown(&self) -> String {
        let named = |path: &str| if self.stem().is_bare() { path.to_owned() } else { self.item(path, "{}") };
        match self.all.as_slice() {
            [list] if list.path.is_empty() && self.stem().is_bare() => "the list".to_owned(),
            [list] => format!("`{}`", shown(&list.name())),
            _ if self.has_one_star() => {
                format!("`{}`", shown(&named(&self.template)).replacen(ANY, &ranges(&self.outer()), 1))
            }
            all => format!("{} lists `{}`", all.len(), shown(&named(&self.template))),
        }
    }

    /// The loader that gives the items the indices from 0 on, in their order. No two items then have one name on the way, as
    /// each index is free when an item gets it.
    fn renumber(&self, found: &[usize], loader: &str) -> Option<String> {
        let moved: Vec<(usize, usize)> =
            found.iter().copied().enumerate().filter(|(to, from)| to != from).map(|(to, from)| (from, to)).collect();
        let (from, by) = moved.first().map(|(from, to)| (*from, from - to))?;
        let is_run = moved.iter().enumerate().all(|(i, (at, to))| *at == from + i && at - to == by);
        let last = moved.last()?.0;
        let few = if is_run { FEW_RENAMED } else { MOST_RENAMED };
        if moved.len().saturating_mul(self.all.len()) <= few {
            let call = |path: &str, (from, to): &(usize, usize)| {
                let [from, to] = [from, to].map(|index| literal(&self.item(path, &index.to_string())));
                format!(".rename({from}, {to})")
            };
            let calls = self.all.iter().flat_map(|list| moved.iter().map(|moved| call(&list.path, moved)));
            return Some(format!("{loader}{}", calls.collect::<String>()));
        }
        let path =
            if self.all.len() > 1 { self.template.replacen(ANY, "{k}", 1) } else { self.all.first()?.path.clone() };
        let has_braces = self.template.contains(['{', '}']) || self.stem().has_braces();
        if !is_run || has_braces || (self.all.len() > 1 && !self.has_one_star()) {
            return None;
        }
        let (before, after) = (literal(&self.item(&path, "{i}")), literal(&self.item(&path, "{}")));
        let rename = format!("loader.rename(format!({before}), format!({after}, i - {by}))");
        let inner = |loader: &str| format!("({from}..={last}).fold({loader}, |loader, i| {rename})");
        if self.all.len() == 1 {
            return Some(inner(loader));
        }
        let outer = self.outer();
        let (first, end) = (*outer.first()?, *outer.last()?);
        (end - first + 1 == outer.len())
            .then(|| format!("({first}..={end}).fold({loader}, |loader, k| {})", inner("loader")))
    }

    /// The name of an item of the list at a path.
    fn item(&self, path: &str, index: &str) -> String {
        let stem = self.stem();
        sibling(path, &format!("{}{index}{}", stem.before, stem.behind))
    }

    fn stem(&self) -> &'static Stem {
        self.all.first().map_or(Stem::BARE, |list| list.stem)
    }
}
