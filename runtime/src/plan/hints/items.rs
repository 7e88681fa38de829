//! Lists whose items the file names `layers_0`, where the module reads `layers.0`.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::fields::{FieldOnPath, fields_of};
use super::leftovers::Leftovers;
use super::templates::{self, ANY, template};
use crate::path::{index, literal, shown};
use crate::plan::resolver::Resolver;

/// The most hints about such lists.
const MOST_HINTS: usize = 4;
/// Names with more components than this are left out.
const DEEPEST: usize = 32;

/// A list of the module: the template of what is above it, its name, and the path of one of its parameters.
struct List<'m> {
    above: &'m str,
    name: &'m str,
    path: &'m str,
}

/// Adds a hint for each list whose items have such names; returns whether there is one.
pub(super) fn explain(resolver: &mut Resolver<'_>, left: &Leftovers<'_>) -> bool {
    let module = templates::of_module(resolver.root);
    // by what is above the list and what is below an item
    let mut lists: HashMap<(&str, &str), Vec<List<'_>>> = HashMap::new();
    for path in &module {
        for (star, _) in path.match_indices(ANY) {
            let Some((above, name)) = path[..star].strip_suffix('.').map(split_before) else { continue };
            let below = path[star + ANY.len()..].trim_start_matches('.');
            lists.entry((above, below)).or_default().push(List { above, name, path });
        }
    }
    // the names of items, by list: their stems, and how many names have each
    let mut stems: BTreeMap<(&str, &str, &str), BTreeMap<String, BTreeSet<usize>>> = BTreeMap::new();
    for extra in &left.unexpected {
        let components: Vec<&str> = extra.path.split('.').collect();
        for (at, component) in components.iter().enumerate().take(DEEPEST) {
            let stem = component.trim_end_matches(|c: char| c.is_ascii_digit());
            let Some(number) = index(&component[stem.len()..]).filter(|_| !stem.is_empty()) else { continue };
            let (above, below) = (template(&components[..at].join(".")), template(&components[at + 1..].join(".")));
            let above = if at == 0 { "" } else { above.as_str() };
            let below = if at + 1 == components.len() { "" } else { below.as_str() };
            for list in lists.get(&(above, below)).into_iter().flatten() {
                let stems = stems.entry((list.above, list.name, list.path)).or_default();
                stems.entry(stem.to_owned()).or_default().insert(number);
            }
        }
    }
    let mut hints: BTreeSet<String> = BTreeSet::new();
    for ((above, name, path), stems) in stems {
        // items from 0 on, of one stem
        let mut whole = stems.into_iter().filter(|(_, numbers)| numbers.iter().copied().eq(0..numbers.len()));
        let (Some((stem, _)), None) = (whole.next(), whole.next()) else { continue };
        let first = path.split('.').map(|one| if one == ANY { "0" } else { one }).collect::<Vec<_>>().join(".");
        let depth = if above.is_empty() { 0 } else { above.split('.').count() };
        let fields = fields_of(resolver.root, &first).unwrap_or_default();
        let Some(field) = FieldOnPath::with_component(&fields, depth).filter(FieldOnPath::has_name) else { continue };
        let items = field.renamed(depth, &format!("{stem}{{}}"));
        hints.insert(format!(
            "the checkpoint names the items of `{}` `{}0`, `{}1`, …; say `#[{}(rename = {})]` on the field for `{}`",
            shown(name),
            shown(&stem),
            shown(&stem),
            field.attribute(),
            literal(&items),
            field.field.name
        ));
    }
    let any = !hints.is_empty();
    resolver.out.report.hints.extend(hints.into_iter().take(MOST_HINTS));
    any
}

/// What is above the last component of a template, and that component.
fn split_before(template: &str) -> (&str, &str) {
    template.rsplit_once('.').unwrap_or(("", template))
}
