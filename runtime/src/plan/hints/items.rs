//! Lists whose items the file names `layers_0`, where the module reads `layers.0`, or with another text around the index.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::fields::{FieldOnPath, fields_of};
use super::leftovers::{Leftovers, sibling};
use super::names;
use super::templates::{self, ANY, Stems};
use crate::path::{index, literal, shown};
use crate::plan::resolver::Resolver;

/// The most hints about such lists.
const MOST_HINTS: usize = 4;
/// Names with more components than this are left out.
const DEEPEST: usize = 32;

/// A list of the module.
struct List<'m> {
    /// The template of what is above its items' own components.
    above: &'m str,
    /// How the module names its items: `layers.*`, `block_*`.
    items: &'m str,
    /// The path of one of its parameters.
    path: &'m str,
}

/// Adds a hint for each list whose items have such names; returns whether there is one.
pub(super) fn explain(resolver: &mut Resolver<'_>, left: &Leftovers<'_>) -> bool {
    let module = templates::of_module(resolver.root);
    // by what is above the list and what is below an item
    let mut lists: HashMap<(&str, &str), Vec<List<'_>>> = HashMap::new();
    for path in &module {
        for (star, _) in path.match_indices(ANY) {
            let end = path[star..].find('.').map_or(path.len(), |dot| star + dot);
            let begin = path[..star].rfind('.').map_or(0, |dot| dot + 1);
            let is_bare = &path[begin..end] == ANY;
            // the name of a list whose items are their indices stands above them
            let above = if is_bare {
                split_before(&path[..begin.saturating_sub(1)]).0
            } else {
                path[..begin].trim_end_matches('.')
            };
            let items = path[above.len()..end].trim_start_matches('.');
            if items != ANY {
                lists.entry((above, path[end..].trim_start_matches('.'))).or_default().push(List {
                    above,
                    items,
                    path,
                });
            }
        }
    }
    // a load that fits ends here, before any name is looked at
    if left.unexpected.is_empty() {
        return false;
    }
    let stems = Stems::of_module(resolver.root);
    // those of which the file has nothing
    let there = stems.templates(resolver.entries().map(|(name, _)| name));
    lists.values_mut().for_each(|lists| lists.retain(|list| !there.contains_key(list.path)));
    if lists.values().all(Vec::is_empty) {
        return false;
    }
    // by list: what stands before the number in the names of items, and the numbers
    let mut found: BTreeMap<(&str, &str, &str), BTreeMap<String, BTreeSet<usize>>> = BTreeMap::new();
    for extra in &left.unexpected {
        let components: Vec<&str> = extra.path.split('.').collect();
        for (at, component) in components.iter().enumerate().take(DEEPEST) {
            let stem = component.trim_end_matches(|c: char| c.is_ascii_digit());
            let Some(number) = index(&component[stem.len()..]) else { continue };
            let (before, up_to) = match (stem, at) {
                ("", 0) => continue,
                ("", _) => (format!("{}.", components[at - 1]), at - 1),
                (stem, _) => (stem.to_owned(), at),
            };
            let template = |components: &[&str]| match components {
                [] => String::new(),
                some => stems.template(&some.join(".")),
            };
            let (above, below) = (template(&components[..up_to]), template(&components[at + 1..]));
            for list in lists.get(&(above.as_str(), below.as_str())).into_iter().flatten() {
                // another word for the list itself is a name's matter
                if before.ends_with('.') && list.items.ends_with(&format!(".{ANY}")) {
                    continue;
                }
                let by_name = found.entry((list.above, list.items, list.path)).or_default();
                by_name.entry(before.clone()).or_default().insert(number);
            }
        }
    }
    let mut hints: BTreeSet<String> = BTreeSet::new();
    for ((above, items, path), by_name) in found {
        // consecutive items of one name
        let is_run = |numbers: &BTreeSet<usize>| match (numbers.first(), numbers.last()) {
            (Some(first), Some(last)) => last - first + 1 == numbers.len(),
            _ => false,
        };
        let mut whole = by_name.into_iter().filter(|(_, numbers)| is_run(numbers));
        let (Some((before, numbers)), None) = (whole.next(), whole.next()) else { continue };
        let first = numbers.first().copied().unwrap_or_default();
        let named = |i: usize| format!("`{}`", shown(&format!("{before}{i}")));
        let are = match numbers.len() {
            1 => named(first),
            2 => format!("{}, {}", named(first), named(first + 1)),
            _ => format!("{}, {}, …", named(first), named(first + 1)),
        };
        let list = items.strip_suffix(ANY).and_then(|list| list.strip_suffix('.'));
        let list = list.map_or_else(|| items.replace(ANY, "{}"), str::to_owned);
        let why = format!("the checkpoint names the items of `{}` {are}", shown(&list));
        if first > 0 {
            hints.extend(
                renumbered(resolver, above, items, &before, &numbers)
                    .map(|call| format!("{why}; if no item is absent, say `{call}`")),
            );
            continue;
        }
        let path = path.split('.').map(|one| one.replace(ANY, "0")).collect::<Vec<_>>().join(".");
        let depth = if above.is_empty() { 0 } else { above.split('.').count() };
        let fields = fields_of(resolver.root, &path).unwrap_or_default();
        let Some(field) = FieldOnPath::with_component(&fields, depth).filter(FieldOnPath::has_name) else { continue };
        let name = match before.strip_suffix('.') {
            Some(bare) => bare.to_owned(),
            None => format!("{before}{{}}"),
        };
        hints.insert(format!(
            "{why}; say `#[{}(rename = {})]` on the field for `{}`",
            field.attribute(),
            literal(&field.renamed_items(depth, &name)),
            shown(&field.name())
        ));
    }
    let any = !hints.is_empty();
    resolver.out.report.hints.extend(hints.into_iter().take(MOST_HINTS));
    any
}

/// The loader that names items as the module does, and numbers them from 0; `None` for lists in lists.
fn renumbered(
    resolver: &Resolver<'_>,
    above: &str,
    items: &str,
    before: &str,
    numbers: &BTreeSet<usize>,
) -> Option<String> {
    let (first, last) = (*numbers.first()?, *numbers.last()?);
    let has_braces = [above, items, before].iter().any(|text| text.contains(['{', '}']));
    if above.contains(ANY) || has_braces {
        return None;
    }
    let from = literal(&sibling(above, &format!("{before}{{i}}")));
    let to = literal(&sibling(above, &items.replace(ANY, "{}")));
    let loader = names::loader(resolver);
    Some(format!(
        "({first}..={last}).fold({loader}, |loader, i| loader.rename(format!({from}), format!({to}, i - {first})))"
    ))
}

/// What is above the last component of a template, and that component.
fn split_before(template: &str) -> (&str, &str) {
    template.rsplit_once('.').unwrap_or(("", template))
}
