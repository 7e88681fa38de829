//! Explains a quantised file for a module that is not, the reverse, another layout or mode, and other bits or groups. The facts are in
//! `published`, and those of MLX in `rules::packed`.

use std::collections::{HashMap, HashSet};

use weighbridge_checkpoint::DType;
use weighbridge_lock::counted;

use super::leftovers::{Leftovers, sibling};
use super::names::split_last;
use super::{published, templates};
use crate::plan::outcome::Misshapen;
use crate::plan::resolver::Resolver;
use crate::report::plural;
use crate::rules::Expected;
use crate::rules::packed::{BITS, GROUPS, columns, is_float, is_packed, width};
use crate::schema::Known;

/// What a quantised layer has beside its weight, or in place of it: one tensor for each layout.
const OF_LAYERS: &[&str] =
    &["qweight", "scales", "SCB", "weight_packed", "weight_scale", "weight_scale_inv", "qzeros", "_weight_qdata"];

/// Adds one hint for the whole report if quantisation explains it; returns whether it does.
pub(super) fn explain(resolver: &mut Resolver<'_>, left: &Leftovers<'_>) -> bool {
    let hint = published::differ(resolver)
        .or_else(|| the_file_is(resolver, left))
        .or_else(|| the_module_is(resolver, left))
        .or_else(|| modes(resolver));
    let is_explained = hint.is_some();
    resolver.out.report.hints.extend(hint);
    is_explained
}

/// The dtype and the shape of a layer's weight.
fn weight(resolver: &Resolver<'_>, parent: &str) -> Option<(DType, Vec<usize>)> {
    let entry = resolver.entry_at(&sibling(parent, "weight"))?;
    Some((entry.dtype(), entry.shape().to_vec()))
}

/// The hint if the file is quantised and the module is not. The shapes of the first layer show how.
fn the_file_is(resolver: &Resolver<'_>, left: &Leftovers<'_>) -> Option<String> {
    if templates::of_module(resolver.root).iter().any(|path| split_last(path).1 == "scales") {
        return None;
    }
    let scales = left.unexpected.iter().filter_map(|extra| match split_last(&extra.path) {
        (parent, "scales") => Some((extra, parent, weight(resolver, parent)?)),
        _ => None,
    });
    let packed: Vec<_> = scales.filter(|(_, _, (dtype, _))| is_packed(*dtype)).collect();
    let (scales, parent, (_, shape)) = packed.first()?;
    let path = sibling(parent, "weight");
    let misshapen = resolver.out.misshapen.iter().find(|misshapen| misshapen.path == path);
    let layout = misshapen.and_then(|misshapen| layout(shape, &scales.shape, columns(&misshapen.expected)?));
    let layout = layout.map_or_else(String::new, |(bits, group)| format!(", {bits}-bit in groups of {group}"));
    Some(format!(
        "the checkpoint is quantised ({} with `.scales`{layout}), and the module is not; load the original checkpoint, or declare the packed `weight` as `U32`, with its `scales` beside it",
        counted(packed.len(), "tensor")
    ))
}

/// The hint if the module is quantised and the file is not.
fn the_module_is(resolver: &Resolver<'_>, left: &Leftovers<'_>) -> Option<String> {
    let is_float_at = |path: &str| resolver.entry_at(path).is_some_and(|entry| is_float(entry.dtype()));
    let mut sign = None;
    let mut floats: HashSet<String> = HashSet::new();
    for missing in left.missing {
        let (parent, leaf) = split_last(&missing.path);
        let of = match leaf {
            "absmax" | "quant_map" => parent.to_owned(),
            leaf if OF_LAYERS.contains(&leaf) => sibling(parent, "weight"),
            leaf => match leaf.strip_suffix("_blocks").or(leaf.strip_suffix("_scale_inv")) {
                Some(of) => sibling(parent, of),
                None => continue,
            },
        };
        if is_float_at(&of) {
            sign.get_or_insert_with(|| format!(" without `.{leaf}`"));
            floats.insert(of);
        }
    }
    let module = published::module_is(resolver);
    if floats.is_empty() && module.is_some() && published::is_plain(resolver) {
        // an enum of scales has nothing that is missing
        let mistyped = resolver.out.mistyped.iter();
        let mistyped = mistyped.filter(|one| !one.expected.dtypes().iter().any(|dtype| is_float(*dtype)));
        floats.extend(mistyped.filter(|one| is_float_at(&one.path)).map(|one| one.path.clone()));
    }
    if floats.is_empty() {
        return None;
    }
    let by = module.map_or_else(String::new, |by| format!(" {by}"));
    let (count, sign) = (floats.len(), sign.unwrap_or_default());
    let are = plural(count, "weight is a float", "weights are floats");
    Some(format!(
        "the module is quantised{by}, and the checkpoint is not ({count} {are}{sign}); quantise the checkpoint first, or load it into a module that is not quantised"
    ))
}

/// The hint if both are quantised, in different modes. If the shapes agree, only the dtypes of the scales differ, and a cast
/// would make wrong numbers of them.
fn modes(resolver: &Resolver<'_>) -> Option<String> {
    let out = &resolver.out;
    let scales_of = |path: &str| split_last(path).1 == "scales";
    let misshapen = out.misshapen.iter().filter(|misshapen| scales_of(&misshapen.path));
    let misshapen = misshapen.map(|misshapen| (misshapen.path.as_str(), misshapen.expected.dtypes().first().copied()));
    let mistyped = out.mistyped.iter().filter(|one| scales_of(&one.path));
    let mistyped = mistyped.map(|one| (one.path.as_str(), one.expected.dtypes().first().copied()));
    let shapes: HashMap<&str, &Misshapen> =
        out.misshapen.iter().map(|misshapen| (misshapen.path.as_str(), misshapen)).collect();
    let mut seen: HashSet<&str> = HashSet::new();
    let mut differ: Vec<(&str, &str)> = Vec::new();
    for (path, wanted) in mistyped.chain(misshapen) {
        let parent = split_last(path).0;
        let (Some((dtype, packed)), Some(scales), Some(wanted)) =
            (weight(resolver, parent), resolver.entry_at(path), wanted)
        else {
            continue;
        };
        if !is_packed(dtype) || !seen.insert(path) {
            continue;
        }
        // if the shape is not reported, the module expects the file's
        let last = |path: &str, found: &[usize]| {
            let wanted = shapes.get(path).and_then(|misshapen| columns(&misshapen.expected));
            wanted.or_else(|| found.last().copied())
        };
        let is = mode(scales.dtype(), packed.last().copied(), scales.shape().last().copied());
        let expected = mode(wanted, last(&sibling(parent, "weight"), &packed), last(path, scales.shape()));
        if let (Some(is), Some(expected)) = (is, expected)
            && is != expected
        {
            differ.push((is, expected));
        }
    }
    let (is, expected) = differ.first()?;
    Some(format!(
        "the checkpoint is quantised in the mode {is}, and the module in the mode {expected} ({} with `.scales`); load a checkpoint of the module's mode, or declare the file's, as no cast turns one into the other",
        counted(differ.len(), "tensor")
    ))
}

/// MLX's name for the mode of a layer. `words` and `groups` are the last dims of its weight and of its scales.
fn mode(scales: DType, words: Option<usize>, groups: Option<usize>) -> Option<&'static str> {
    if is_float(scales) {
        return Some("affine");
    }
    let (DType::U8, Some(words), Some(groups)) = (scales, words, groups) else { return None };
    let bits = words.checked_mul(32)?;
    match bits.checked_div(groups)? {
        _ if bits % groups != 0 => None,
        128 => Some("mxfp4"),
        64 => Some("nvfp4"),
        256 => Some("mxfp8"),
        _ => None,
    }
}

/// The bit width and the group size, if the shapes leave one answer.
fn layout(packed: &[usize], scales: &[usize], columns: usize) -> Option<(usize, usize)> {
    let (&words, &groups) = (packed.last()?, scales.last()?);
    let group = columns.checked_div(groups).filter(|_| columns.is_multiple_of(groups))?;
    let bits = width(words, columns, BITS)?;
    GROUPS.contains(&group).then_some((bits, group))
}

/// The hint for the one tensor of a quantised layer that has another shape, which others in the layer show to be of its size.
pub(super) fn numbers(resolver: &Resolver<'_>, misshapen: &Misshapen, all: &HashSet<&str>) -> Option<String> {
    let (parent, leaf) = split_last(&misshapen.path);
    let has = |leaf: &str| resolver.entry_at(&sibling(parent, leaf)).is_some();
    let fits = |leaf: &str| has(leaf) && !all.contains(&*sibling(parent, leaf));
    let is_mlx = || weight(resolver, parent).is_some_and(|(dtype, _)| is_packed(dtype));
    let said = resolver.out.dims.said();
    let expected = misshapen.expected.evaluated(Known::of(&said));
    let entry = resolver.checkpoint.entry(misshapen.entry);
    let (wanted, found) = one_apart(&expected, entry.shape())?;
    match leaf {
        "scales" | "biases" if fits("weight") && is_mlx() => {}
        "scales" | "qzeros" if fits("qweight") => {}
        "weight_scale" | "weight_zero_point" if fits("weight_packed") => {}
        "qweight" if fits("scales") => return bits(wanted, found, "word"),
        "weight_packed" if fits("weight_scale") => {
            return bits(wanted, found, if entry.dtype() == DType::U8 { "byte" } else { "word" });
        }
        _ => return None,
    }
    expected.dtypes().contains(&entry.dtype()).then(|| {
        let groups = counted(found, "group");
        format!(
            "{groups} in a row, and the module expects {wanted}; it was quantised with another group size, so change the module's"
        )
    })
}

/// The hint for integers of another width: so many words are those of other bits.
fn bits(wanted: usize, found: usize, unit: &str) -> Option<String> {
    let is = |a: &usize, b: &usize| wanted.checked_mul(*b).is_some_and(|all| Some(all) == found.checked_mul(*a));
    let are_bits = BITS.iter().any(|a| BITS.iter().any(|b| is(a, b)));
    are_bits.then(|| {
        format!(
            "{} of packed numbers, and the module expects {wanted}; it was packed with another number of bits, so change the module's",
            counted(found, unit)
        )
    })
}

/// The two sides of the only dim that differs.
fn one_apart(expected: &Expected, found: &[usize]) -> Option<(usize, usize)> {
    let wanted = super::leftovers::fixed_shape(expected).filter(|wanted| wanted.len() == found.len())?;
    let mut apart = wanted.into_iter().zip(found.iter().copied()).filter(|(wanted, found)| wanted != found);
    apart.next().filter(|_| apart.next().is_none())
}
