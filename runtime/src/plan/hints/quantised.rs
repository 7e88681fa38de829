//! A quantised file for a model that is not, the reverse, and the wrong bit width.
//!
//! The facts (MLX): a weight of [.., in] becomes `weight` U32 [.., in * bits / 32], `scales` [.., in / group] and, in
//! the affine mode, `biases` of the same shape.

use super::super::outcome::Misshapen;
use super::super::resolve::Resolver;
use super::super::wish::Wish;
use super::{Leftovers, fixed_shape, split_last};
use crate::dtype::DType;

const GROUPS: &[usize] = &[16, 32, 64, 128];
const BITS: &[usize] = &[2, 3, 4, 5, 6, 8];

/// Whether the one side is quantised and the other is not; says so once for the whole.
pub(super) fn explain(resolver: &mut Resolver<'_>, left: &mut Leftovers<'_>) -> bool {
    let weight = |resolver: &Resolver<'_>, parent: &str| {
        let name = if parent.is_empty() { "weight".to_owned() } else { format!("{parent}.weight") };
        resolver.checkpoint.get(&name).map(|entry| (entry.dtype(), entry.shape().to_vec()))
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
    floats > 0
}

/// The columns that the module wants of a weight.
fn expected_columns(resolver: &Resolver<'_>, parent: &str) -> Option<usize> {
    let path = if parent.is_empty() { "weight".to_owned() } else { format!("{parent}.weight") };
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
    // the number of columns is not in the file: a group size that makes both widths ones that exist gives it
    let widths = |group: &usize| {
        let columns = groups.checked_mul(*group).filter(|&columns| columns > 0)?;
        let width = |words: usize| {
            let bits = words.checked_mul(32)?.checked_div(columns)?;
            (BITS.contains(&bits) && bits * columns == words * 32).then_some(bits)
        };
        Some((width(*words)?, width(*wanted)?, *group))
    };
    let answers: Vec<_> = GROUPS.iter().filter_map(widths).collect();
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

fn wants_packed(wish: &Wish) -> bool {
    wish.dtypes() == [DType::U32]
}
