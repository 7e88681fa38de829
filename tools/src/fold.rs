//! Folds names of repeated layers into patterns, as a lock does.

use std::collections::BTreeMap;

use weighbridge_checkpoint::DType;
use weighbridge_lock::{Lock, Pattern, natural};

/// The patterns that these distinct names fold into, in natural order.
pub(crate) fn fold<'n>(names: impl IntoIterator<Item = &'n str>) -> Vec<Pattern> {
    // a lock folds names with the same dtype and shape, so all of them get the same
    let lock = Lock::of(names.into_iter().map(|name| (name.to_owned(), DType::U8, Vec::new())));
    lock.map(|lock| lock.lines().iter().map(|line| line.pattern.clone()).collect()).unwrap_or_default()
}

/// Folds distinct names that have the same key into rows, in natural order.
pub(crate) fn rows<'n, K: Ord + Clone>(names: impl IntoIterator<Item = (&'n str, K)>) -> Vec<(Pattern, K)> {
    let mut groups: BTreeMap<K, Vec<&str>> = BTreeMap::new();
    for (name, key) in names {
        groups.entry(key).or_default().push(name);
    }
    let mut rows: Vec<(Pattern, K)> = Vec::new();
    for (key, names) in groups {
        rows.extend(fold(names).into_iter().map(|pattern| (pattern, key.clone())));
    }
    let first = |pattern: &Pattern| pattern.names().next().unwrap_or_default();
    rows.sort_by_cached_key(|(pattern, _)| Natural(first(pattern)));
    rows
}

#[derive(PartialEq, Eq)]
struct Natural(String);

impl Ord for Natural {
    fn cmp(&self, other: &Natural) -> std::cmp::Ordering {
        natural(&self.0, &other.0)
    }
}

impl PartialOrd for Natural {
    fn partial_cmp(&self, other: &Natural) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
