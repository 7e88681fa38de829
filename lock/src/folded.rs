//! Lists of names as messages have them: folded, and cut.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::dtype::DType;
use crate::lock::Lock;
use crate::shard::{ShardName, ShardSet};
use crate::shown::{LONGEST_NAME, cut, shown};

/// Names, folded as a lock folds them, and the names of shards by their number. Each comes with how many names it stands
/// for, and is safe to show. A name that is there twice counts once. Names of more than [`LONGEST_NAME`] bytes are not folded.
///
/// ```
/// use weighbridge_lock::folded_names;
///
/// let names = ["model-00002-of-00003.safetensors", "h.0.w", "h.1.w", "model-00003-of-00003.safetensors"];
/// let folded = [("model-{00002..=00003}-of-00003.safetensors".to_owned(), 2), ("h.{0..=1}.w".to_owned(), 2)];
/// assert_eq!(folded_names(names), folded);
/// ```
pub fn folded_names<'n>(names: impl IntoIterator<Item = &'n str>) -> Vec<(String, usize)> {
    let mut sets: BTreeMap<(&str, &str), ShardSet<'_>> = BTreeMap::new();
    let mut others: HashSet<&str> = HashSet::new();
    let mut long: BTreeSet<&str> = BTreeSet::new();
    for name in names {
        match ShardName::of(name) {
            // folding takes time for each component, and no message would show them
            _ if name.len() > LONGEST_NAME => _ = long.insert(name),
            Some(shard) => sets.entry(shard.set()).or_insert_with(|| ShardSet::new(shard)).insert(shard.number),
            None => _ = others.insert(name),
        }
    }
    let mut folded: Vec<(String, usize)> =
        sets.values().map(|set| (shown(&set.names()).into_owned(), set.len())).collect();
    // what the tensors are does not matter
    let lock = Lock::of(others.into_iter().map(|name| (name.to_owned(), DType::U8, Vec::new()))).unwrap_or_default();
    folded.extend(lock.lines().iter().map(|line| {
        let (pattern, count) = (&line.pattern, line.pattern.count());
        // a name by itself is written as everywhere, and a pattern as in a lock
        let text = match (count, pattern.names().next()) {
            (1, Some(name)) => shown(&name).into_owned(),
            _ => cut(&pattern.to_string(), LONGEST_NAME).into_owned(),
        };
        (text, count)
    }));
    folded.extend(long.into_iter().map(|name| (shown(name).into_owned(), 1)));
    folded
}

/// Names in one line of a message: folded, in backticks, at most `most` of them.
pub fn listed_names<'n>(names: impl IntoIterator<Item = &'n str>, most: usize) -> String {
    let folded = folded_names(names);
    let mut listed: Vec<String> = folded.iter().take(most).map(|(name, _)| format!("`{name}`")).collect();
    if folded.len() > most {
        listed.push("…".to_owned());
    }
    listed.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_folded_and_cut() {
        let names: Vec<String> =
            (0..9).map(|i| format!("layers.{i}.w")).chain(["b\u{1b}".to_owned(), "a b".to_owned()]).collect();
        assert_eq!(listed_names(names.iter().map(String::as_str), 2), "`a b`, `b\\u{1b}`, …");
        assert_eq!(listed_names(names.iter().map(String::as_str), 3), "`a b`, `b\\u{1b}`, `layers.{0..=8}.w`");
        assert_eq!(listed_names(["a", "a"], 3), "`a`");
    }
}
