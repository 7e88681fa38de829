//! The nearest cause of each mistake. A hint that is wrong is worse than none: each says only what names, shapes and
//! dtypes together show.

mod fused;
mod leftovers;
mod names;
mod naming;
mod quantised;

use std::collections::HashMap;

use weighbridge_checkpoint::Shape;

use self::leftovers::{Extra, Leftovers};
use super::outcome::{ListLength, Missing};
use super::resolver::Resolver;
use crate::report::{Finding, FindingSide, ranges};
use crate::rules::{layout, packed, says};

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
        missing_hints: missing.iter().map(parts).collect(),
        unexpected_hints: vec![Vec::new(); unexpected.len()],
        missing: &missing,
        unexpected,
    };
    // what may be kept is no miscount
    if !missing.is_empty() || !entries.is_empty() {
        let counts = resolver.out.lengths.iter().filter_map(other_length);
        resolver.out.report.hints.extend(counts);
    }
    let quantised = quantised::explain(resolver, &left);
    let prefixed = naming::common_prefix(resolver, &left);
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
            expected: Some(resolver.out.dims.tensor_side(&missing.expected)),
            hints,
            ..Finding::default()
        });
    }
    for ((&entry, extra), hints) in entries.iter().zip(unexpected).zip(unexpected_hints) {
        let found = Some(FindingSide::of_tensor(extra.dtype, &Shape::from(extra.shape)));
        let finding = Finding { found, hints, ..resolver.located(entry) };
        resolver.out.report.unexpected.push(Finding { path: extra.name, ..finding });
    }
    misshapen(resolver);
}

/// A list of another length than the type's. An absent list is no miscount: each of its parameters is missing anyway.
fn other_length(length: &ListLength) -> Option<String> {
    let ListLength { path, wanted, found } = length;
    let last = found.last()?;
    let list = if path.is_empty() { "the list".to_owned() } else { format!("`{path}`") };
    let items = match found.len() {
        several if last.checked_add(1) != Some(several) => format!("the items {}", ranges(found)),
        1 => "1 item".to_owned(),
        several => format!("{several} items"),
    };
    Some(format!("{list} has {items} in the checkpoint, and {wanted} in the module"))
}

/// What is made from a missing tensor, and the optional part that it belongs to.
fn parts(missing: &Missing) -> Vec<String> {
    let wholes: Vec<String> = missing.part_of.iter().map(|whole| format!("`{whole}`")).collect();
    let made_from_it = match wholes.as_slice() {
        [] => None,
        [whole] => Some(format!("the parameter {whole} is made from it")),
        [first @ .., last] => Some(format!("the parameters {} and {last} are made from it", first.join(", "))),
    };
    let half_there = missing.optional.as_ref().map(|part| {
        // the root has no path
        let part = if part.is_empty() { says::THE_MODULE.to_owned() } else { format!("`{part}`") };
        format!("{part} is optional but only partly present; the checkpoint must have all of it or nothing")
    });
    made_from_it.into_iter().chain(half_there).collect()
}

/// Tensors of another shape.
fn misshapen(resolver: &mut Resolver<'_>) {
    let mut is_transposed = false;
    let all = std::mem::take(&mut resolver.out.misshapen);
    for misshapen in &all {
        let entry = resolver.checkpoint.entry(misshapen.entry);
        let (expected, found) = (&misshapen.expected, entry.shape());
        let (parent, leaf) = names::split_last(&misshapen.path);
        let hint = resolver.with_layer(parent, |layer| packed::explain(expected, leaf, found, layer));
        let hint = hint.map(|hint| hint.as_str().to_owned());
        let hint = hint.or_else(|| quantised::group_size(resolver, misshapen, &all)).or_else(|| {
            is_transposed |= layout::is_transposed(expected, found);
            layout::explain(expected, found).map(|hint| hint.as_str().to_owned())
        });
        let finding = Finding {
            expected: Some(resolver.out.dims.shape_side(expected)),
            found: Some(FindingSide::of_shape(found)),
            hints: hint.into_iter().collect(),
            ..resolver.located(misshapen.entry)
        };
        resolver.out.report.shape.push(Finding { path: misshapen.path.clone(), ..finding });
    }
    let squares = match resolver.out.squares {
        _ if !is_transposed => return,
        0 => return,
        1 => "1 square matrix fits".to_owned(),
        several => format!("{several} square matrices fit"),
    };
    let hint = format!("{squares}, transposed or not; if the file keeps the others transposed, look there too");
    resolver.out.report.hints.push(hint);
}

/// A tensor that several parameters are cut from is missing once.
fn merged(missing: Vec<Missing>) -> Vec<Missing> {
    let mut merged: Vec<Missing> = Vec::with_capacity(missing.len());
    let mut cut: HashMap<String, usize> = HashMap::new();
    for mut one in missing {
        if !one.part_of.is_empty() {
            let place = *cut.entry(one.path.clone()).or_insert(merged.len());
            if let Some(first) = merged.get_mut(place) {
                first.expected.raise(&one.expected);
                first.part_of.append(&mut one.part_of);
                continue;
            }
        }
        merged.push(one);
    }
    merged
}
