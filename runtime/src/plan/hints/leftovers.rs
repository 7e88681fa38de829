//! What is left over on both sides, while the causes are looked for.

use std::collections::HashMap;
use std::hash::Hash;

use weighbridge_checkpoint::DType;

use crate::plan::outcome::Missing;
use crate::rules::Expected;
use crate::schema::Dim;

/// Beyond this many pairs of a missing and an unexpected name the search for near names is left out: the cause is then
/// a common one, and is found without it.
pub(super) const PAIRS: usize = 250_000;

/// What is left over on both sides, while the causes are looked for.
pub(super) struct Leftovers<'l> {
    pub(super) missing: &'l [Missing],
    pub(super) unexpected: Vec<Extra>,
    /// By number in `missing` and `unexpected`.
    pub(super) missing_hints: Vec<Vec<String>>,
    pub(super) unexpected_hints: Vec<Vec<String>>,
}

/// An entry that is no parameter's.
pub(super) struct Extra {
    /// The name in the file.
    pub(super) name: String,
    /// The name after the loader's renaming, which the module's paths are compared with.
    pub(super) path: String,
    pub(super) dtype: DType,
    pub(super) shape: Vec<usize>,
}

impl Leftovers<'_> {
    pub(super) fn too_many(&self) -> bool {
        self.missing.len().saturating_mul(self.unexpected.len()) > PAIRS
    }
}

/// The name of what is called so beside others.
pub(super) fn sibling(parent: &str, name: &str) -> String {
    if parent.is_empty() { name.to_owned() } else { format!("{parent}.{name}") }
}

/// The shape that a parameter wants, where every extent is a number.
pub(super) fn fixed_shape(expected: &Expected) -> Option<Vec<usize>> {
    (0..expected.rank()?).map(|i| if let Dim::Is(n) = expected.dim(i) { Some(n) } else { None }).collect()
}

/// Numbers of the items with each key.
pub(super) fn group<T, K: Hash + Eq>(list: &[T], key: impl Fn(&T) -> Option<K>) -> HashMap<K, Vec<usize>> {
    let mut groups: HashMap<K, Vec<usize>> = HashMap::new();
    for (number, one) in list.iter().enumerate() {
        if let Some(key) = key(one) {
            groups.entry(key).or_default().push(number);
        }
    }
    groups
}
