//! What is missing and what is unexpected, while causes are looked for.

use std::collections::HashMap;
use std::hash::Hash;

use weighbridge_checkpoint::DType;

use crate::plan::outcome::Missing;
use crate::rules::Expected;
use crate::schema::Dim;

/// With more pairs of a missing and an unexpected name than this, near names are not looked for, as it takes too long. So
/// many names usually have one common cause.
pub(super) const PAIRS: usize = 250_000;

/// What is missing and what is unexpected, with the hints so far.
pub(super) struct Leftovers<'l> {
    pub(super) missing: &'l [Missing],
    pub(super) unexpected: Vec<Extra>,
    /// One list for each item of `missing` and of `unexpected`.
    pub(super) missing_hints: Vec<Vec<String>>,
    pub(super) unexpected_hints: Vec<Vec<String>>,
}

/// An entry that belongs to no parameter.
pub(super) struct Extra {
    /// The name in the file.
    pub(super) name: String,
    /// The name after the loader's renaming, as it is compared with paths.
    pub(super) path: String,
    pub(super) dtype: DType,
    pub(super) shape: Vec<usize>,
}

impl Leftovers<'_> {
    pub(super) fn too_many(&self) -> bool {
        self.missing.len().saturating_mul(self.unexpected.len()) > PAIRS
    }
}

/// The parts of a path before and after its last dot.
pub(super) fn split_last(path: &str) -> (&str, &str) {
    path.rsplit_once('.').unwrap_or(("", path))
}

/// The path of `name` in the module `parent`.
pub(super) fn sibling(parent: &str, name: &str) -> String {
    if parent.is_empty() { name.to_owned() } else { format!("{parent}.{name}") }
}

/// The expected shape, if every dim is a number.
pub(super) fn fixed_shape(expected: &Expected) -> Option<Vec<usize>> {
    (0..expected.rank()?).map(|i| if let Dim::Is(n) = expected.dim(i) { Some(n) } else { None }).collect()
}

/// The indices of the items with each key.
pub(super) fn group<T, K: Hash + Eq>(list: &[T], key: impl Fn(&T) -> Option<K>) -> HashMap<K, Vec<usize>> {
    let mut groups: HashMap<K, Vec<usize>> = HashMap::new();
    for (number, one) in list.iter().enumerate() {
        if let Some(key) = key(one) {
            groups.entry(key).or_default().push(number);
        }
    }
    groups
}
