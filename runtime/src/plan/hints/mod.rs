//! The nearest cause of each mistake. A hint that is wrong is worse than none: each says only what names, shapes and
//! dtypes together show.

pub(crate) mod dtype;
pub(crate) mod fused;
pub(crate) mod layout;
pub(crate) mod names;
mod naming;
pub(crate) mod quantised;

use std::collections::HashMap;

use self::names::split_last;
use super::outcome::Missing;
use super::resolve::Resolver;
use super::wish::Wish;
use crate::dtype::DType;
use crate::report::{Finding, FindingSide, ranges};
use crate::schema::{Dim, Text, same};

/// Beyond this many pairs of a missing and an unexpected name the search for near names is left out: the cause is then
/// a common one, and is found without it.
pub(crate) const PAIRS: usize = 250_000;

/// The text of a cause. What `const` evaluation can find, both sides of the crate say in the same words.
pub(crate) type Hint = Text<1024>;

pub(super) fn owned(hint: &Hint) -> String {
    hint.as_str().to_owned()
}

/// What is said of an optional part that is there only in half.
pub(crate) const fn half_there(part: &str) -> Hint {
    // the root has no path
    let text = match same(part, "the module") {
        true => Text::new().push(part),
        false => Text::new().push("`").push(part).push("`"),
    };
    let text = text.push(" is optional as a whole, and a part of it is there");
    text.push("; the checkpoint must have all of it or nothing")
}

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

/// Turns what the walk has left over into findings with their causes.
pub(super) fn explain(resolver: &mut Resolver<'_>, entries: &[usize]) {
    let missing = merged(std::mem::take(&mut resolver.out.missing));
    let unexpected: Vec<Extra> = entries
        .iter()
        .map(|&entry| resolver.checkpoint.entry(entry))
        .map(|entry| Extra {
            name: entry.name().to_owned(),
            path: resolver.policy.rename(entry.name()).into_owned(),
            dtype: entry.dtype(),
            shape: entry.shape().to_vec(),
        })
        .collect();
    let mut left = Leftovers {
        missing_hints: vec![Vec::new(); missing.len()],
        unexpected_hints: vec![Vec::new(); unexpected.len()],
        missing: &missing,
        unexpected,
    };

    for count in &resolver.out.counts {
        let list = if count.path.is_empty() { "the list".to_owned() } else { format!("`{}`", count.path) };
        let (found, wanted) = (&count.found, count.wanted);
        let has_gap = found.last().is_some_and(|last| last.checked_add(1) != Some(found.len()));
        let found_items = match found.len() {
            _ if has_gap => format!("the items {}", ranges(found)),
            1 => "1 item".to_owned(),
            several => format!("{several} items"),
        };
        // an absent list is no miscount: each of its parameters is missing anyway; nor is what may be kept
        let is_refused = !missing.is_empty() || !entries.is_empty();
        if is_refused && !found.is_empty() {
            resolver
                .out
                .report
                .hints
                .push(format!("{list} has {found_items} in the checkpoint, and {wanted} in the module"));
        }
    }
    for (missing, hints) in missing.iter().zip(&mut left.missing_hints) {
        let wholes: Vec<String> = missing.part_of.iter().map(|whole| format!("`{whole}`")).collect();
        match wholes.as_slice() {
            [] => {}
            [whole] => hints.push(format!("the parameter {whole} is made from it")),
            [first @ .., last] => {
                hints.push(format!("the parameters {} and {last} are made from it", first.join(", ")))
            }
        }
        if let Some(optional) = &missing.optional {
            let part = if optional.is_empty() { "the module" } else { optional.as_str() };
            hints.push(owned(&half_there(part)));
        }
    }

    let quantised = quantised::explain(resolver, &mut left);
    if quantised {
        // what is packed is not to be cast
        resolver.out.report.dtype.iter_mut().for_each(|finding| finding.hints.clear());
    }
    let prefixed = naming::common_prefix(resolver, &mut left);
    if !quantised && !prefixed && !left.too_many() {
        fused::explain(&mut left);
        naming::nearest(&mut left);
        naming::misspelt_sources(resolver, &mut left);
        naming::tied(resolver, &mut left);
    }

    let Leftovers { missing_hints, unexpected_hints, unexpected, .. } = left;
    for (missing, hints) in missing.iter().zip(missing_hints) {
        resolver.out.report.missing.push(Finding {
            path: missing.path.clone(),
            expected: Some(resolver.out.dims.tensor_side(&missing.wish)),
            hints,
            ..Finding::default()
        });
    }
    for ((&entry, extra), hints) in entries.iter().zip(unexpected).zip(unexpected_hints) {
        let shape = crate::shape::Shape::from(extra.shape);
        let finding =
            Finding { found: Some(FindingSide::of_tensor(extra.dtype, &shape)), hints, ..resolver.located(entry) };
        resolver.out.report.unexpected.push(Finding { path: extra.name, ..finding });
    }
    let mut is_transposed = false;
    let all = std::mem::take(&mut resolver.out.misshapen);
    for misshapen in &all {
        let entry = resolver.checkpoint.entry(misshapen.entry);
        let packed = quantised::packed(resolver, misshapen, &all);
        let is_packed = packed.is_some();
        let hint = packed.or_else(|| layout::explain(&misshapen.wish, entry.shape()));
        let hints = hint.iter().map(owned).collect();
        is_transposed |= !is_packed && layout::is_transposed(&misshapen.wish, entry.shape());
        let finding = Finding {
            expected: Some(resolver.out.dims.shape_side(&misshapen.wish)),
            found: Some(FindingSide::of_shape(entry.shape())),
            hints,
            ..resolver.located(misshapen.entry)
        };
        resolver.out.report.shape.push(Finding { path: misshapen.path.clone(), ..finding });
    }
    if is_transposed && resolver.out.squares > 0 {
        resolver.out.report.hints.push(owned(&layout::squares(resolver.out.squares)));
    }
}

/// A tensor that several parameters are cut from is missing once.
fn merged(missing: Vec<Missing>) -> Vec<Missing> {
    let mut merged: Vec<Missing> = Vec::with_capacity(missing.len());
    let mut cut: HashMap<String, usize> = HashMap::new();
    for mut one in missing {
        if !one.part_of.is_empty() {
            let place = *cut.entry(one.path.clone()).or_insert(merged.len());
            if let Some(first) = merged.get_mut(place) {
                first.wish.raise(&one.wish);
                first.part_of.append(&mut one.part_of);
                continue;
            }
        }
        merged.push(one);
    }
    merged
}

/// The shape that a parameter wants, where every extent is a number.
pub(super) fn fixed_shape(wish: &Wish) -> Option<Vec<usize>> {
    (0..wish.rank()?).map(|i| if let Dim::Is(n) = wish.dim(i) { Some(n) } else { None }).collect()
}

/// Numbers of the items with each key.
pub(super) fn group<T, K: std::hash::Hash + Eq>(list: &[T], key: impl Fn(&T) -> Option<K>) -> HashMap<K, Vec<usize>> {
    let mut groups: HashMap<K, Vec<usize>> = HashMap::new();
    for (number, one) in list.iter().enumerate() {
        if let Some(key) = key(one) {
            groups.entry(key).or_default().push(number);
        }
    }
    groups
}
