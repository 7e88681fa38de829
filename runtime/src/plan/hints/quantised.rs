//! Explains a quantised file for a module that is not, the reverse, another mode, and another group size. The facts are in
//! `rules::packed`.

use std::collections::{HashMap, HashSet};

use weighbridge_checkpoint::DType;
use weighbridge_lock::counted;

use super::leftovers::{Leftovers, sibling};
use super::names::split_last;
use super::templates;
use crate::plan::outcome::Misshapen;
use crate::plan::resolver::Resolver;
use crate::report::plural;
use crate::rules::Expected;
use crate::rules::packed::{BITS, GROUPS, columns, is_float, is_packed, last_of, width};

/// What a quantised layer has beside its weight, or in place of it: one tensor for each layout.
const OF_LAYERS: &[&str] = &["scales", "SCB", "weight_scale", "weight_scale_inv", "qzeros"];

/// Adds one hint for the whole report if quantisation explains it; returns whether it does.
pub(super) fn explain(resolver: &mut Resolver<'_>, left: &Leftovers<'_>) -> bool {
    let hint = the_file_is(resolver, left)
        .or_else(|| the_module_is(resolver, left))
        .or_else(|| modes(resolver))
        .or_else(|| packings(resolver));
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
    let scales = left.missing.iter().filter_map(|missing| match split_last(&missing.path) {
        (parent, leaf) if OF_LAYERS.contains(&leaf) => Some((leaf, weight(resolver, parent)?.0)),
        _ => None,
    });
    let floats: Vec<&str> = scales.filter(|(_, dtype)| is_float(*dtype)).map(|(leaf, _)| leaf).collect();
    let (first, count) = (floats.first()?, floats.len());
    let are = plural(count, "weight is a float", "weights are floats");
    Some(format!(
        "the module is quantised, and the checkpoint is not ({count} {are} without `.{first}`); quantise the checkpoint first, or load it into a module that is not quantised"
    ))
}

/// The hint if both are quantised, in different modes. If the shapes agree, only the dtypes of the scales differ, and a cast
/// would make wrong numbers of them.
fn modes(resolver: &Resolver<'_>) -> Option<String> {
    let out = &resolver.out;
    let scales_of = |path: &str| split_last(path).1 == "scales";
    let misshapen = out.misshapen.iter().filter(|misshapen| scales_of(&misshapen.path));
    let misshapen = misshapen.map(|misshapen| (misshapen.path.as_str(), misshapen.expected.dtypes().first().copied()));
    let mistyped = out.mistyped.iter().filter(|(path, _)| scales_of(path));
    let mistyped = mistyped.map(|(path, expected)| (path.as_str(), expected.dtypes().first().copied()));
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

/// The hint if both are packed, one by GPTQ and the other by AWQ. GPTQ packs rows, AWQ packs columns, and in another order.
fn packings(resolver: &Resolver<'_>) -> Option<String> {
    let mut differ = resolver.out.misshapen.iter().filter_map(|misshapen| {
        let (parent, "qweight") = split_last(&misshapen.path) else { return None };
        let out = resolver.entry_at(&sibling(parent, "scales"))?.shape().last().copied()?;
        let found = resolver.checkpoint.entry(misshapen.entry).shape();
        let by = |columns: usize| if columns == out { "GPTQ" } else { "AWQ" };
        let (is, wanted) = (by(found.last().copied()?), by(columns(&misshapen.expected)?));
        (is != wanted).then_some((is, wanted))
    });
    let (is, wanted) = differ.next()?;
    Some(format!(
        "the checkpoint is quantised by {is}, and the module by {wanted} ({} with `qweight`): they pack other elements into one integer; load a checkpoint of the module's kind, or declare the file's",
        counted(1 + differ.count(), "layer")
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

/// The hint for scales or biases of another shape, if the packed weight beside them fits: the group size differs.
pub(super) fn group_size(resolver: &Resolver<'_>, misshapen: &Misshapen, all: &[Misshapen]) -> Option<String> {
    let (parent, "scales" | "biases") = split_last(&misshapen.path) else { return None };
    let path = sibling(parent, "weight");
    let is_alone = all.iter().all(|other| other.path != path);
    let is_packed = weight(resolver, parent).is_some_and(|(dtype, _)| is_packed(dtype));
    if !is_packed || !is_alone {
        return None;
    }
    let entry = resolver.checkpoint.entry(misshapen.entry);
    groups(&misshapen.expected, entry.shape(), entry.dtype())
}

fn groups(expected: &Expected, found: &[usize], dtype: DType) -> Option<String> {
    let (wanted, found) = last_of(expected, found).filter(|(wanted, found)| wanted != found)?;
    expected.dtypes().contains(&dtype).then(|| {
        let groups = counted(found, "group");
        format!(
            "{groups} in a row, and the module expects {wanted}; it was quantised with another group size, so change the module's"
        )
    })
}
