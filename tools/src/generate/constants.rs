//! The constants that stand for numbers.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::ident::shout;
use super::keys::{Keys, SMALLEST};
use super::sizes::{Meaning, Size, Sizes};

/// The order of well-known constants. The others follow in the order of their use.
const ORDER: &[&str] = &[
    "VOCAB",
    "POSITIONS",
    "TYPES",
    "HIDDEN",
    "INTERMEDIATE",
    "MOE_INTERMEDIATE",
    "QUERIES",
    "KV",
    "HEAD_DIM",
    "QKV",
    "LAYERS",
];

/// How the code uses numbers, counted while it is written a first time.
#[derive(Default)]
pub(super) struct Used {
    /// In the order of their first use.
    pub(super) order: Vec<Size>,
    pub(super) in_shapes: HashMap<Size, usize>,
    seen: HashSet<Size>,
}

impl Used {
    pub(super) fn note(&mut self, size: Size, in_shape: bool) {
        if self.seen.insert(size) {
            self.order.push(size);
        }
        if in_shape {
            *self.in_shapes.entry(size).or_default() += 1;
        }
    }
}

/// The names of those numbers that have one.
#[derive(Default)]
pub(super) struct Constants {
    pub(super) names: HashMap<Size, String>,
    /// In the order of the code.
    pub(super) listed: Vec<(String, usize)>,
}

impl Constants {
    /// Names the numbers that are used. `taken` are names that already mean something in the code.
    pub(super) fn of(used: &Used, sizes: &Sizes, taken: HashSet<String>, keys: Option<&Keys>) -> Constants {
        let mut groups: BTreeMap<(usize, usize), (String, Vec<Size>)> = BTreeMap::new();
        for (first, size) in used.order.iter().enumerate() {
            let Meaning { value, name, .. } = sizes.meaning(*size);
            let name = match name {
                Some(name) => name.clone(),
                // one that keys have is for you to name
                None if *value >= SMALLEST
                    && (used.in_shapes.get(size).is_some_and(|count| *count > 1)
                        || keys.is_some_and(|keys| !keys.of_number(sizes.meaning(*size)).is_empty())) =>
                {
                    format!("DIM_{value}")
                }
                None => continue,
            };
            let known = groups.values_mut().find(|(known, _)| *known == name);
            match known {
                Some((_, sizes)) => sizes.push(*size),
                None => {
                    let rank = ORDER.iter().position(|known| *known == name).unwrap_or(ORDER.len());
                    groups.insert((rank, first), (name, vec![*size]));
                }
            }
        }
        let mut constants = Constants::default();
        let mut taken = taken;
        for (base, group) in groups.into_values() {
            for (number, size) in group.iter().enumerate() {
                let mut name = if group.len() == 1 { base.clone() } else { qualified(&base, number, &group, sizes) };
                let wished = name.clone();
                let mut number = 2;
                while !taken.insert(name.clone()) {
                    name = format!("{wished}_{number}");
                    number += 1;
                }
                constants.listed.push((name.clone(), sizes.meaning(*size).value));
                constants.names.insert(*size, name);
            }
        }
        constants
    }

    pub(super) fn text(&self, size: Size, sizes: &Sizes) -> String {
        self.names.get(&size).cloned().unwrap_or_else(|| number(sizes.meaning(size).value))
    }
}

/// A number as it stands in code: `4096`, `151_936`.
pub(super) fn number(value: usize) -> String {
    let digits = value.to_string();
    if digits.len() < 5 {
        return digits;
    }
    let groups: Vec<&str> = digits.as_bytes().rchunks(3).rev().filter_map(|group| str::from_utf8(group).ok()).collect();
    groups.join("_")
}

/// `ENCODER_LAYERS`: with the innermost component of its place that no other number of this name has.
fn qualified(base: &str, number: usize, group: &[Size], sizes: &Sizes) -> String {
    let parts = |size: &Size| -> Vec<String> {
        let site = sizes.meaning(*size).site.clone().unwrap_or_default();
        site.split('.').rev().filter(|part| *part != "*").map(str::to_owned).collect()
    };
    let own = parts(&group[number]);
    let others: Vec<Vec<String>> = (0..group.len()).filter(|i| *i != number).map(|i| parts(&group[i])).collect();
    let unlike = own.iter().find(|part| !others.iter().any(|other| other.contains(part)));
    match unlike {
        Some(part) => format!("{}_{base}", shout(part)),
        None => base.to_owned(),
    }
}
