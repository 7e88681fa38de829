//! A quantised file for a model that is not, the reverse, another mode, and the wrong bit width. All but the walk runs in
//! `const` evaluation as well.
//!
//! The facts (MLX): a weight of [.., in] becomes `weight` U32 [.., in * bits / 32], `scales` [.., in / group] and, in
//! the affine mode, `biases` of the same shape. The scales of the other modes are U8: mxfp4 has 4 bits and groups of 32,
//! nvfp4 4 and 16, mxfp8 8 and 32. So in these the bits that share a scale tell the mode.

use std::collections::{HashMap, HashSet};

use super::super::outcome::Misshapen;
use super::super::resolve::Resolver;
use super::super::wish::Wish;
use super::{Hint, Leftovers, owned, split_last};
use crate::dtype::DType;
use crate::schema::{Dim, Text, same};

const GROUPS: &[usize] = &[16, 32, 64, 128];
const BITS: &[usize] = &[2, 3, 4, 5, 6, 8];
/// The same, where the scales are U8.
const U8_GROUPS: &[usize] = &[16, 32];
const U8_BITS: &[usize] = &[4, 8];

/// Whether a weight of this dtype is packed, if it has scales.
pub(crate) const fn is_packed(dtype: DType) -> bool {
    matches!(dtype, DType::U32)
}

/// Whether a weight of this dtype is as it was before it was quantised.
pub(crate) const fn is_float(dtype: DType) -> bool {
    matches!(dtype, DType::F32 | DType::F16 | DType::BF16)
}

/// What is said of a file that is quantised, for a module that is not. The shapes are the first layer's, `columns` those
/// that the module wants of its weight.
pub(crate) const fn the_file_is(count: usize, packed: &[usize], scales: &[usize], columns: Option<usize>) -> Hint {
    let text = Text::new().push("the checkpoint is quantised");
    let text = match layout(packed, scales, columns) {
        Some((bits, group)) => text.push(" (").push_number(bits).push("-bit, groups of ").push_number(group).push(")"),
        None => text,
    };
    text.push(" (").push_number(count).push(
        " tensors with `.scales`), and the module is not; load the original checkpoint, or declare the quantised layout",
    )
}

/// What is said of a module that is quantised, for a file that is not.
pub(crate) const fn the_module_is(count: usize) -> Hint {
    let text = Text::new().push("the module is quantised, and the checkpoint is not (").push_number(count);
    let text = text.push(" weights are floats without `.scales`); quantise the checkpoint first");
    text.push(", or load it into the original module")
}

/// What is said where both are quantised, in different modes.
pub(crate) const fn modes_differ(is: &str, expected: &str, count: usize) -> Hint {
    let text = Text::new().push("the checkpoint is quantised in the mode ").push(is);
    let text = text.push(", and the module in the mode ").push(expected).push(" (").push_number(count);
    let text = text.push(" tensors with `.scales`); a cast does not turn the one into the other");
    text.push(": load a checkpoint of the module's mode, or declare the file's")
}

/// The mode of a layer: its name in MLX. `words` and `groups` are the last extents of its weight and of its scales.
pub(crate) const fn mode(scales: DType, words: Option<usize>, groups: Option<usize>) -> Option<&'static str> {
    match (scales, words, groups) {
        (DType::F32 | DType::F16 | DType::BF16, ..) => Some("affine"),
        (DType::U8, Some(words), Some(groups)) if groups > 0 => match words.checked_mul(32) {
            Some(bits) if bits % groups == 0 => match bits / groups {
                128 => Some("mxfp4"),
                64 => Some("nvfp4"),
                256 => Some("mxfp8"),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

/// The first of the dtypes that a report says it expected.
pub(crate) const fn first_named(expected: &str) -> Option<DType> {
    let mut i = 0;
    while i < DType::ALL.len() {
        let name = DType::ALL[i].name();
        let is_all = name.len() == expected.len();
        let begins = name.len() < expected.len() && expected.as_bytes()[name.len()] == b' ';
        if (is_all || begins) && same(expected.split_at(name.len()).0, name) {
            return Some(DType::ALL[i]);
        }
        i += 1;
    }
    None
}

/// The last extent that is wished for, where every one is a number.
pub(crate) const fn columns(wish: &Wish) -> Option<usize> {
    match wish.rank() {
        Some(rank) if rank > 0 && wish.is_fixed() => match wish.dim(rank - 1) {
            Dim::Is(n) => Some(n),
            _ => None,
        },
        _ => None,
    }
}

/// The bits and the group size, where the shapes leave one answer.
const fn layout(packed: &[usize], scales: &[usize], columns: Option<usize>) -> Option<(usize, usize)> {
    let (Some(&words), Some(&groups), Some(columns)) = (packed.last(), scales.last(), columns) else { return None };
    if columns == 0 || groups == 0 || columns % groups != 0 {
        return None;
    }
    match (width(words, columns, BITS), columns / groups) {
        (Some(bits), group) if contains(GROUPS, group) => Some((bits, group)),
        _ => None,
    }
}

/// The bits of each of so many columns, if they are among `widths` and fill the words.
const fn width(words: usize, columns: usize, widths: &[usize]) -> Option<usize> {
    match words.checked_mul(32) {
        Some(all) if columns > 0 && all % columns == 0 && contains(widths, all / columns) => Some(all / columns),
        _ => None,
    }
}

/// What is said of a packed weight of another bit width than the module's, `scales` being those of the same layer.
pub(crate) const fn bits(wish: &Wish, found: &[usize], scales: (DType, &[usize])) -> Option<Hint> {
    if !matches!(wish.dtypes(), [DType::U32]) {
        return None;
    }
    let (Some((wanted, words)), Some(&groups)) = (last_of(wish, found), scales.1.last()) else { return None };
    let (sizes, widths) = if matches!(scales.0, DType::U8) { (U8_GROUPS, U8_BITS) } else { (GROUPS, BITS) };
    let (mut each, mut count, mut one, mut i): (Hint, _, _, _) = (Text::new(), 0, (0, 0), 0);
    // the number of columns is not in the file: a group size that makes both widths ones that exist gives it
    while i < sizes.len() {
        if let Some(columns) = groups.checked_mul(sizes[i])
            && let (Some(is), Some(expected)) = (width(words, columns, widths), width(wanted, columns, widths))
        {
            each = each.push(if count == 0 { "" } else { ", or " }).push_number(is);
            each = each.push(" bits where the module expects ").push_number(expected);
            each = each.push(" (if groups have ").push_number(sizes[i]).push(")");
            (count, one) = (count + 1, (is, expected));
        }
        i += 1;
    }
    match count {
        0 => None,
        1 => {
            let text = Text::new().push("packed with ").push_number(one.0).push(" bits, and the module expects ");
            Some(text.push_number(one.1))
        }
        _ => Some(Text::new().push("packed with another width: ").push(each.as_str())),
    }
}

/// What is said of scales of another shape than the module's, where the packed weight is as it wants it.
pub(crate) const fn groups(wish: &Wish, found: &[usize], dtype: DType) -> Option<Hint> {
    let (dtypes, mut i) = (wish.dtypes(), 0);
    while i < dtypes.len() && dtypes[i] as u8 != dtype as u8 {
        i += 1;
    }
    match last_of(wish, found) {
        Some((wanted, found)) if i < dtypes.len() && wanted != found => {
            let text = Text::new().push_number(found).push(" groups in a row, and the module expects ");
            Some(text.push_number(wanted).push(": it was quantised with another group size"))
        }
        _ => None,
    }
}

/// The last extents that are wished for and found, where all others are the same.
const fn last_of(wish: &Wish, found: &[usize]) -> Option<(usize, usize)> {
    let (Some(wanted), Some((&last, rows)), Some(rank)) = (columns(wish), found.split_last(), wish.rank()) else {
        return None;
    };
    let mut i = 0;
    while i < rows.len() && rank == found.len() {
        match wish.dim(i) {
            Dim::Is(n) if n == rows[i] => i += 1,
            _ => return None,
        }
    }
    if rank == found.len() { Some((wanted, last)) } else { None }
}

const fn contains(numbers: &[usize], number: usize) -> bool {
    let mut i = 0;
    while i < numbers.len() {
        if numbers[i] == number {
            return true;
        }
        i += 1;
    }
    false
}

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
        .filter(|(_, _, (dtype, _))| is_packed(*dtype))
        .peekable();
    if let Some((scales, parent, (_, shape))) = packed.peek() {
        let (scales, shape) = (scales.shape.clone(), shape.clone());
        let columns = expected_columns(resolver, parent);
        let hint = the_file_is(packed.count(), &shape, &scales, columns);
        resolver.out.report.hints.push(owned(&hint));
        return true;
    }
    drop(packed);
    let floats = left
        .missing
        .iter()
        .filter(|missing| split_last(&missing.path).1 == "scales")
        .filter_map(|missing| weight(resolver, split_last(&missing.path).0))
        .filter(|(dtype, _)| is_float(*dtype))
        .count();
    if floats > 0 {
        resolver.out.report.hints.push(owned(&the_module_is(floats)));
    }
    floats > 0 || modes(resolver)
}

/// Whether both sides are quantised, in different modes; says so once for the whole. The shapes may be the same, and the
/// scales then differ in their dtype alone: to cast them would make other numbers of them.
fn modes(resolver: &mut Resolver<'_>) -> bool {
    let checkpoint = resolver.checkpoint;
    let scales_of = |path: &str| split_last(path).1 == "scales";
    let mistyped = resolver.out.report.dtype.iter().filter(|finding| scales_of(&finding.path));
    let mistyped = mistyped.map(|finding| (finding.path.as_str(), finding.expected.as_deref().and_then(first_named)));
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
        if !is_packed(packed.dtype()) || !seen.insert(path) {
            continue;
        }
        // where the shape is not reported, the module wants what the file has
        let last = |path: &str, found: &[usize]| {
            let wanted = shapes.get(path).and_then(|misshapen| columns(&misshapen.wish));
            wanted.or_else(|| found.last().copied())
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
    resolver.out.report.hints.push(owned(&modes_differ(is, expected, count)));
    true
}

/// The path of a layer's weight.
fn weight_of(parent: &str) -> String {
    sibling(parent, "weight")
}

fn sibling(parent: &str, name: &str) -> String {
    if parent.is_empty() { name.to_owned() } else { format!("{parent}.{name}") }
}

/// The columns that the module wants of a weight.
fn expected_columns(resolver: &Resolver<'_>, parent: &str) -> Option<usize> {
    let path = weight_of(parent);
    columns(&resolver.out.misshapen.iter().find(|misshapen| misshapen.path == path)?.wish)
}

/// Why a packed weight, or what belongs to one, has another shape than the module's.
pub(super) fn packed(resolver: &Resolver<'_>, misshapen: &Misshapen, all: &[Misshapen]) -> Option<Hint> {
    let entry = resolver.checkpoint.entry(misshapen.entry);
    let (wish, found) = (&misshapen.wish, entry.shape());
    match split_last(&misshapen.path) {
        (parent, "weight") if is_packed(entry.dtype()) => {
            let scales = resolver.checkpoint.get(&sibling(parent, "scales"))?;
            bits(wish, found, (scales.dtype(), scales.shape()))
        }
        (parent, "scales" | "biases") => {
            let weight = weight_of(parent);
            let is_packed = resolver.checkpoint.get(&weight).is_some_and(|entry| is_packed(entry.dtype()));
            // the weight is as the module wants it
            let is_alone = all.iter().all(|other| other.path != weight);
            if is_packed && is_alone { groups(wish, found, entry.dtype()) } else { None }
        }
        _ => None,
    }
}
