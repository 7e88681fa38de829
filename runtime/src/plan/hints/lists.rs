//! Lists of another length than the module's, and lists that do not begin at 0.

use std::collections::BTreeMap;

use weighbridge_lock::counted;

use super::leftovers::sibling;
use super::templates::{ANY, indices, template};
use crate::path::{literal, shown};
use crate::plan::outcome::{LengthOf, ListLength};
use crate::report::ranges;

/// More items than this are not renamed one by one.
const MOST_RENAMED: usize = 6;
/// More items than this are renamed in a loop, if they are consecutive.
const FEW_RENAMED: usize = 3;
/// The most hints about lists.
const MOST_HINTS: usize = 20;

/// The hints for all lists: one for those that differ in indices only. Where patterns hide items, what is missing names them.
pub(super) fn explain<'l>(lengths: impl Iterator<Item = &'l ListLength>, loader: &str) -> Vec<String> {
    let mut groups: Vec<Lists<'l>> = Vec::new();
    let mut numbers: BTreeMap<(String, &'l [usize], usize), usize> = BTreeMap::new();
    for length in lengths.filter(|length| !length.found.is_empty() && !length.has_hidden) {
        let template = template(&length.path);
        let next = groups.len();
        let number = *numbers.entry((template.clone(), &length.found, length.wanted)).or_insert(next);
        if number == next {
            groups.push(Lists { template, all: Vec::new() });
        }
        groups[number].all.push(length);
    }
    groups.iter().filter_map(|lists| lists.hint(loader)).take(MOST_HINTS).collect()
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
        match self.all.as_slice() {
            [list] if list.path.is_empty() => "the list".to_owned(),
            [list] => format!("`{}`", shown(&list.path)),
            _ if self.has_one_star() => {
                format!("`{}`", shown(&self.template).replacen(ANY, &ranges(&self.outer()), 1))
            }
            all => format!("{} lists `{}`", all.len(), shown(&self.template)),
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
        let each = |loader: &str, path: &str| match moved.len() {
            few if few <= FEW_RENAMED || (few <= MOST_RENAMED && !is_run) => {
                let at = |index: usize| literal(&sibling(path, &index.to_string()));
                let calls = moved.iter().map(|(from, to)| format!(".rename({}, {})", at(*from), at(*to)));
                Some(format!("{loader}{}", calls.collect::<String>()))
            }
            _ if is_run => {
                let (before, after) = (literal(&sibling(path, "{i}")), literal(&sibling(path, "{}")));
                let rename = format!("loader.rename(format!({before}), format!({after}, i - {by}))");
                Some(format!("({from}..={last}).fold({loader}, |loader, i| {rename})"))
            }
            _ => None,
        };
        let has_braces = self.template.contains(['{', '}']);
        match self.all.as_slice() {
            [list] if !has_braces => each(loader, &list.path),
            _ if self.has_one_star() && !has_braces => {
                let outer = self.outer();
                let (first, last) = (*outer.first()?, *outer.last()?);
                if last - first + 1 != outer.len() || !is_run {
                    return None;
                }
                let path = self.template.replacen(ANY, "{k}", 1);
                let (before, after) = (literal(&sibling(&path, "{i}")), literal(&sibling(&path, "{}")));
                let rename = format!("loader.rename(format!({before}), format!({after}, i - {by}))");
                let inner = format!("({from}..={}).fold(loader, |loader, i| {rename})", moved.last()?.0);
                Some(format!("({first}..={last}).fold({loader}, |loader, k| {inner})"))
            }
            _ => None,
        }
    }
}
