//! Which fields may have parameters of the same path, as far as their names tell. The runtime's `check` compares those; the
//! compiler would take longer to compare every field with every other than for all the rest of a large struct.

use std::collections::{BTreeSet, HashMap};

use crate::check::named_sources;
use crate::model::{Field, in_schema};

/// The numbers of the fields in the schema to compare. A number paired with itself is of a field without a name of its own: it
/// is compared with every other.
///
/// Paths collide if they are the same, or if one lies below a map, so only names can lead to a collision of which one begins with all
/// components of the other.
pub(crate) fn candidates(fields: &[Field<'_>]) -> Vec<(usize, usize)> {
    if in_schema(fields).nth(1).is_none() {
        return Vec::new();
    }
    let named: Vec<_> = in_schema(fields).map(|field| field.has_name().then(|| names(field))).collect();
    let is_stacked = named.iter().flatten().flatten().any(|name| name.split('.').any(|part| part == "{}"));
    let mut holders: HashMap<String, Vec<usize>> = HashMap::new();
    let mut pairs = BTreeSet::new();
    for (number, names) in named.into_iter().enumerate() {
        let Some(names) = names else {
            pairs.insert((number, number));
            continue;
        };
        for name in names {
            // items that lie beside the other fields
            if name.is_empty() {
                pairs.insert((number, number));
            }
            let name = if is_stacked { with_open_indices(&name) } else { name };
            holders.entry(name).or_default().push(number);
        }
    }
    for (name, lower) in &holders {
        let ends = name.match_indices('.').map(|(end, _)| end).chain([name.len()]);
        for upper in ends.filter_map(|end| holders.get(&name[..end])) {
            let both = lower.iter().flat_map(|&a| upper.iter().map(move |&b| (a.min(b), a.max(b))));
            pairs.extend(both.filter(|(a, b)| a != b));
        }
    }
    pairs.into_iter().collect()
}

/// The field's own name, its aliases, and those in its layout. Of a name of items, what comes before them: nothing, if they lie beside
/// the other fields.
fn names(field: &Field<'_>) -> Vec<String> {
    let aliases = field.aliases().iter().map(|alias| alias.path.clone());
    let sources = named_sources(field).map(|(name, _)| name.value());
    [field.name.path().to_owned()].into_iter().chain(aliases).chain(sources).collect()
}

/// `experts.{}.weight` for `experts.0.weight`: the `{}` of a `stack` stands for every index.
fn with_open_indices(name: &str) -> String {
    let is_index = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<_> = name.split('.').map(|part| if is_index(&part) { "{}" } else { part }).collect();
    parts.join(".")
}
