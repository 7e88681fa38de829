//! One tensor for several parameters, or several for one.

use super::{Leftovers, fixed_shape, group, split_last};
use crate::path::shown;

/// Projections that some files keep in one tensor, in their order in it.
const PARTS: &[&[&str]] = &[
    &["q_proj", "k_proj", "v_proj"],
    &["query_proj", "key_proj", "value_proj"],
    &["query", "key", "value"],
    &["q", "k", "v"],
    &["wq", "wk", "wv"],
    &["to_q", "to_k", "to_v"],
    &["gate_proj", "up_proj"],
    &["w1", "w3"],
];

pub(super) fn explain(left: &mut Leftovers<'_>) {
    let module = |path: &str| split_last(split_last(path).0).0.to_owned();
    let missing_by = group(left.missing, |missing| Some(module(&missing.path)));
    let extra_by = group(&left.unexpected, |extra| Some(module(&extra.path)));
    for (place, missing) in &missing_by {
        let Some(extras) = extra_by.get(place) else { continue };
        for parts in PARTS {
            for kind in ["weight", "bias"] {
                let names: Vec<String> = parts.iter().map(|part| format!("{part}.{kind}")).collect();
                if !apart_in_the_module(left, missing, extras, place, &names, kind) {
                    apart_in_the_file(left, missing, extras, place, &names, kind);
                }
            }
        }
    }
}

fn joined(place: &str, name: &str) -> String {
    if place.is_empty() { name.to_owned() } else { format!("{place}.{name}") }
}

/// `` `q_proj`, `k_proj`, `v_proj` ``
fn listed(names: &[String]) -> String {
    names.iter().map(|name| format!("`{}`", split_last(name).0)).collect::<Vec<_>>().join(", ")
}

/// The name below the module of which it is a part.
fn below<'p>(path: &'p str, place: &str) -> &'p str {
    path.strip_prefix(place).map_or(path, |rest| rest.trim_start_matches('.'))
}

/// The module has the parts, and the file one tensor. Whether the module has all of them.
fn apart_in_the_module(
    left: &mut Leftovers<'_>,
    missing: &[usize],
    extras: &[usize],
    place: &str,
    names: &[String],
    kind: &str,
) -> bool {
    let named = |name: &String| missing.iter().copied().find(|&m| left.missing[m].path == joined(place, name));
    let Some(parts) = names.iter().map(named).collect::<Option<Vec<_>>>() else { return false };
    let shapes: Option<Vec<_>> = parts.iter().map(|&m| fixed_shape(&left.missing[m].wish)).collect();
    let Some(shapes) = shapes else { return true };
    let whole = extras.iter().copied().filter(|&e| left.unexpected[e].path.ends_with(kind)).find_map(|e| {
        let whole = &left.unexpected[e].shape;
        let turned = turned(&shapes).and_then(|shapes| sum(whole, &shapes));
        match (sum(whole, &shapes), turned) {
            (Some(dim), turned) => Some((e, dim, Order::Same { or_turned: turned == Some(dim) })),
            (None, turned) => Some((e, turned?, Order::Turned)),
        }
    });
    let Some((e, dim, order)) = whole else { return true };
    let (path, name) = (left.unexpected[e].path.clone(), shown(&left.unexpected[e].name).into_owned());
    let mut start = 0;
    for (m, shape) in parts.into_iter().zip(shapes) {
        let slice = format!("slice(dim = {dim}, of = \"{}\", start = {start})", shown(below(&path, place)));
        let (from, unless) = match order {
            Order::Turned => (format!("transpose(of = {slice})"), ""),
            Order::Same { or_turned: true } => {
                (slice, ", or with `transpose(of = ..)` around the slice: a square does not show its order")
            }
            Order::Same { or_turned: false } => (slice, ""),
        };
        left.missing_hints[m].push(format!(
            "`{name}` looks like {} in one tensor; a field beside it takes this part with `#[param(from = {from})]`{unless}",
            listed(names)
        ));
        start += shape[if order == Order::Turned { 1 - dim } else { dim }];
    }
    left.unexpected_hints[e].push(format!("it looks like {} in one tensor; the module has them apart", listed(names)));
    true
}

/// The file has the parts, and the module one tensor.
fn apart_in_the_file(
    left: &mut Leftovers<'_>,
    missing: &[usize],
    extras: &[usize],
    place: &str,
    names: &[String],
    kind: &str,
) {
    let named = |name: &String| extras.iter().copied().find(|&e| left.unexpected[e].path == joined(place, name));
    let Some(parts) = names.iter().map(named).collect::<Option<Vec<_>>>() else { return };
    let shapes: Vec<_> = parts.iter().map(|&e| left.unexpected[e].shape.clone()).collect();
    let whole = missing.iter().copied().filter(|&m| left.missing[m].path.ends_with(kind)).find_map(|m| {
        let dim = sum(&fixed_shape(&left.missing[m].wish)?, &shapes)?;
        Some((m, dim))
    });
    let Some((m, dim)) = whole else { return };
    let sources: Vec<String> =
        names.iter().zip(&shapes).map(|(name, shape)| format!("\"{name}\": {}", shape[dim])).collect();
    left.missing_hints[m].push(format!(
        "the checkpoint has {} apart; a field beside them takes all with `#[param(from = concat(dim = {dim}, {}))]`",
        listed(names),
        sources.join(", ")
    ));
    for e in parts {
        let hint = format!("`{}` looks like {} in one tensor", left.missing[m].path, listed(names));
        left.unexpected_hints[e].push(hint);
    }
}

/// In which order the fused tensor has the dimensions of its parts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Same { or_turned: bool },
    Turned,
}

/// Matrices with their dimensions in the other order.
fn turned(shapes: &[Vec<usize>]) -> Option<Vec<Vec<usize>>> {
    shapes.iter().map(|shape| if let [a, b] = shape[..] { Some(vec![b, a]) } else { None }).collect()
}

/// The dimension along which the parts, one behind the other, make up the whole.
fn sum(whole: &[usize], parts: &[Vec<usize>]) -> Option<usize> {
    (0..whole.len()).find(|&dim| {
        let along = parts.iter().filter_map(|part| part.get(dim)).fold(0, |sum: usize, &n| sum.saturating_add(n));
        let others = parts
            .iter()
            .all(|part| part.len() == whole.len() && (0..whole.len()).all(|i| i == dim || part[i] == whole[i]));
        others && along == whole[dim]
    })
}
