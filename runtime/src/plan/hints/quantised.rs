//! A quantised file for a model that is not, the reverse, another mode, and the wrong bit width.
//!
//! The facts (MLX): a weight of [.., in] becomes `weight` U32 [.., in * bits / 32], `scales` [.., in / group] and, in
//! the affine mode, `biases` of the same shape. The scales of the other modes are U8: mxfp4 has 4 bits and groups of 32,
//! nvfp4 4 and 16, mxfp8 8 and 32. So in these the bits that share a scale tell the mode.

use std::collections::{HashMap, HashSet};

use super::super::outcome::Misshapen;
use super::super::resolve::Resolver;
use super::super::wish::Wish;
use super::{Leftovers, fixed_shape, split_last};
use crate::dtype::DType;

const GROUPS: &[usize] = &[16, 32, 64, 128];
const BITS: &[usize] = &[2, 3, 4, 5, 6, 8];
/// The same, where the scales are U8.
const U8_GROUPS: &[usize] = &[16, 32];
const U8_BITS: &[usize] = &[4, 8];

/// Whether the one side is quantised and the other is not; says so once for the whole.
pub(super) fn explain(resolver: &mut Resolver<'_>, left: &mut Leftovers<'_>) -> bool {
    let weight = |resolver: &Resolver<'_>, parent: &str| {
        resolver.checkpoint.get(&weight_of(parent)).map(|entry| (entry.dtype(), entry.shape().to_vec()))
    };
    let mut packed = left
        .unexpected
        .iter()
        .filter_map(|extra| Some((extra, extra.parent_of("scales")?)))
        .filter_map(|(scales, parent)| Some((scales, parent, weight(resolver, parent)?)))
        .filter(|(_, _, (dtype, _))| *dtype == DType::U32)
        .peekable();
    if let Some((scales, parent, (_, shape))) = packed.peek() {
        let layout = layout(&shape[..], &scales.shape, expected_columns(resolver, parent));
        let count = packed.count();
        resolver.out.report.hints.push(format!(
            "the checkpoint is quantised{layout} ({count} tensors with `.scales`), and the module is not; load the original checkpoint, or declare the quantised layout"
        ));
        return true;
    }
    drop(packed);
    let floats = left
        .missing
        .iter()
        .filter(|missing| split_last(&missing.path).1 == "scales")
        .filter_map(|missing| weight(resolver, split_last(&missing.path).0))
        .filter(|(dtype, _)| matches!(dtype, DType::F32 | DType::F16 | DType::BF16))
        .count();
    if floats > 0 {
        resolver.out.report.hints.push(format!(
            "the module is quantised, and the checkpoint is not ({floats} weights are floats without `.scales`); quantise the checkpoint first, or load it into the original module"
        ));
    }
    floats > 0 || modes(resolver)
}

/// Whether both sides are quantised, in different modes; says so once for the whole. The shapes may be the same, and the
/// scales then differ in their dtype alone: to cast them would make other numbers of them.
fn modes(resolver: &mut Resolver<'_>) -> bool {
    let checkpoint = resolver.checkpoint;
    let scales_of = |path: &str| split_last(path).1 == "scales";
    let mistyped = resolver.out.report.dtype.iter().filter(|finding| scales_of(&finding.path)).map(|finding| {
        let first = finding.expected.as_deref().and_then(|names| names.split(' ').next()?.parse().ok());
        (finding.path.as_str(), first)
    });
    let misshapen = resolver.out.misshapen.iter().filter(|misshapen| scales_of(&misshapen.path));
    let misshapen = misshapen.map(|misshapen| (misshapen.path.as_str(), misshapen.wish.dtypes().first().copied()));
    let shapes: HashMap<&str, &Misshapen> =
        resolver.out.misshapen.iter().map(|misshapen| (misshapen.path.as_str(), misshapen)).collect();
    let mut seen: HashSet<&str> = HashSet::new();
    let mut differ: Vec<(&str, &str)> = Vec::new();
    for (path, wanted) in mistyped.chain(misshapen) {
        let weight = weight_of(split_last(path).0);
        let (Some(packed), Some(scales), Some(wanted)) = (checkpoint.get(&weight), checkpoint.get(path), wanted) else {
            continue;
        };
        if packed.dtype() != DType::U32 || !seen.insert(path) {
            continue;
        }
        // where the shape is not reported, the module wants what the file has
        let last = |path: &str, found: &[usize]| {
            let wanted = shapes.get(path).and_then(|misshapen| fixed_shape(&misshapen.wish));
            wanted.as_deref().unwrap_or(found).last().copied()
        };
        let is = mode(scales.dtype(), packed.shape().last().copied(), scales.shape().last().copied());
        let expected = mode(wanted, last(&weight, packed.shape()), last(path, scales.shape()));
        if let (Some(is), Some(expected)) = (is, expected)
            && is != expected
        {
            differ.push((is, expected));
        }
    }
    let Some(&(is, expected)) = differ.first() else { return false };
    let count = differ.len();
    resolver.out.report.hints.push(format!(
        "the checkpoint is quantised in the mode {is}, and the module in the mode {expected} ({count} tensors with `.scales`); a cast does not turn the one into the other: load a checkpoint of the module's mode, or declare the file's"
    ));
    true
}

/// The mode of a layer: its name in MLX.
fn mode(scales: DType, words: Option<usize>, groups: Option<usize>) -> Option<&'static str> {
    match scales {
        DType::F32 | DType::F16 | DType::BF16 => Some("affine"),
        DType::U8 => {
            let (bits, groups) = (words?.checked_mul(32)?, groups?);
            match bits.checked_div(groups)? {
                _ if bits % groups != 0 => None,
                128 => Some("mxfp4"),
                64 => Some("nvfp4"),
                256 => Some("mxfp8"),
                _ => None,
            }
        }
        _ => None,
    }
}

/// The path of a layer's weight.
fn weight_of(parent: &str) -> String {
    if parent.is_empty() { "weight".to_owned() } else { format!("{parent}.weight") }
}

/// The columns that the module wants of a weight.
fn expected_columns(resolver: &Resolver<'_>, parent: &str) -> Option<usize> {
    let path = weight_of(parent);
    let misshapen = resolver.out.misshapen.iter().find(|misshapen| misshapen.path == path)?;
    fixed_shape(&misshapen.wish)?.last().copied()
}

/// ` (4-bit, groups of 32)`, where the shapes leave one answer.
fn layout(packed: &[usize], scales: &[usize], columns: Option<usize>) -> String {
    let (Some(&words), Some(&groups), Some(columns)) = (packed.last(), scales.last(), columns) else {
        return String::new();
    };
    if columns == 0 || groups == 0 || columns % groups != 0 {
        return String::new();
    }
    let (bits, group) = (words.saturating_mul(32) / columns, columns / groups);
    if BITS.contains(&bits) && bits * columns == words.saturating_mul(32) && GROUPS.contains(&group) {
        format!(" ({bits}-bit, groups of {group})")
    } else {
        String::new()
    }
}

/// The bit width of a packed weight that has another one than the module's.
pub(super) fn bits(resolver: &Resolver<'_>, misshapen: &Misshapen) -> Option<String> {
    let entry = resolver.checkpoint.entry(misshapen.entry);
    let (parent, leaf) = split_last(&misshapen.path);
    if entry.dtype() != DType::U32 || leaf != "weight" || !wants_packed(&misshapen.wish) {
        return None;
    }
    let scales = resolver.checkpoint.get(&format!("{parent}{}scales", if parent.is_empty() { "" } else { "." }))?;
    let (expected, found) = (fixed_shape(&misshapen.wish)?, entry.shape());
    let ([wanted_rows @ .., wanted], [rows @ .., words]) = (expected.as_slice(), &found[..]) else { return None };
    if wanted_rows != rows {
        return None;
    }
    let groups = *scales.shape().last()?;
    let (sizes, widths) = if scales.dtype() == DType::U8 { (U8_GROUPS, U8_BITS) } else { (GROUPS, BITS) };
    // the number of columns is not in the file: a group size that makes both widths ones that exist gives it
    let both = |group: &usize| {
        let columns = groups.checked_mul(*group).filter(|&columns| columns > 0)?;
        let width = |words: usize| {
            let bits = words.checked_mul(32)?.checked_div(columns)?;
            (widths.contains(&bits) && bits * columns == words * 32).then_some(bits)
        };
        Some((width(*words)?, width(*wanted)?, *group))
    };
    let answers: Vec<_> = sizes.iter().filter_map(both).collect();
    match answers.as_slice() {
        [] => None,
        [(is, wanted, _)] => Some(format!("packed with {is} bits, and the module expects {wanted}")),
        several => {
            let each: Vec<_> = several
                .iter()
                .map(|(is, wanted, group)| {
                    format!("{is} bits where the module expects {wanted} (if groups have {group})")
                })
                .collect();
            Some(format!("packed with another width: {}", each.join(", or ")))
        }
    }
}

/// Why the scales have another shape than the module's, where the packed weight is as it wants it.
pub(super) fn groups(resolver: &Resolver<'_>, misshapen: &Misshapen, all: &[Misshapen]) -> Option<String> {
    let (parent, leaf) = split_last(&misshapen.path);
    let weight = weight_of(parent);
    let is_packed = resolver.checkpoint.get(&weight).is_some_and(|entry| entry.dtype() == DType::U32);
    let entry = resolver.checkpoint.entry(misshapen.entry);
    let is_in_groups = matches!(leaf, "scales" | "biases") && misshapen.wish.dtypes().contains(&entry.dtype());
    if !is_packed || !is_in_groups || all.iter().any(|other| other.path == weight) {
        return None;
    }
    let (expected, found) = (fixed_shape(&misshapen.wish)?, entry.shape());
    let ([wanted_rows @ .., wanted], [rows @ .., found]) = (expected.as_slice(), &found[..]) else { return None };
    (wanted_rows == rows && wanted != found).then(|| {
        format!("{found} groups in a row, and the module expects {wanted}: it was quantised with another group size")
    })
}

fn wants_packed(wish: &Wish) -> bool {
    wish.dtypes() == [DType::U32]
}
