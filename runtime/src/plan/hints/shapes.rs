//! Tensors of another shape.

use std::collections::HashSet;

use super::instances::Fields;
use super::quantised;
use super::sizes;
use crate::path::shown;
use crate::plan::outcome::Misshapen;
use crate::plan::resolver::Resolver;
use crate::report::{Finding, FindingSide, plural};
use crate::rules::{layout, packed};

/// Turns the tensors of another shape into findings with their causes.
pub(super) fn explain(resolver: &mut Resolver<'_>, is_explained: bool) {
    let (mut is_transposed, mut is_permuted) = (false, false);
    let mut unexplained: Vec<&Misshapen> = Vec::new();
    let all = std::mem::take(&mut resolver.out.misshapen);
    let fields = Fields::of(resolver, all.iter().map(|misshapen| misshapen.entry));
    let paths: HashSet<&str> = all.iter().map(|misshapen| &*misshapen.path).collect();
    for misshapen in &all {
        let entry = resolver.checkpoint.entry(misshapen.entry);
        let (expected, found) = (&misshapen.expected, entry.shape());
        let hint = resolver.with_layer(&misshapen.path, |leaf, layer| packed::explain(expected, leaf, found, layer));
        let hint = hint.map(|hint| hint.as_str().to_owned());
        let hint = hint.or_else(|| quantised::numbers(resolver, misshapen, &paths)).or_else(|| {
            let instances = fields.of_shape(resolver, misshapen.entry, expected);
            let hint = layout::explain(expected, found, entry.dtype(), instances);
            // nobody declares what is so in one item of a list alone
            let may_declare = !instances.are_mixed();
            is_transposed |= may_declare && hint.is_some() && layout::is_transposed(expected, found);
            is_permuted |= may_declare && layout::is_reordered(expected, found);
            hint.map(|hint| hint.as_str().to_owned())
        });
        if hint.is_none() {
            unexplained.push(misshapen);
        }
        let finding = Finding {
            expected: Some(misshapen.shown.clone().unwrap_or_else(|| resolver.out.dims.shape_side(expected))),
            found: Some(FindingSide::of_shape(found)),
            hints: hint.into_iter().collect(),
            ..resolver.located(misshapen.entry)
        };
        resolver.out.report.shape.push(Finding { path: misshapen.path.clone(), ..finding });
    }
    if !is_explained {
        let sizes = sizes::padded(resolver, &unexplained).or_else(|| sizes::explain(resolver, &unexplained));
        resolver.out.report.hints.extend(sizes);
    }
    if is_transposed {
        let squares = squares(&resolver.out.squares, resolver);
        resolver.out.report.hints.extend(squares);
    }
    if is_permuted {
        let ambiguous = ambiguous(&resolver.out.ambiguous, resolver);
        resolver.out.report.hints.extend(ambiguous);
    }
}

/// Convolutions with equal sides fit in several layouts, which is in doubt where others have another one.
fn ambiguous(entries: &[usize], resolver: &Resolver<'_>) -> Option<String> {
    let name = resolver.checkpoint.entry(*entries.first()?).name();
    let count = entries.len();
    let fit = plural(count, "convolution fits", "convolutions fit");
    let (first, them) = (plural(count, "", "the first is "), plural(count, "it", "them"));
    Some(format!(
        "{count} {fit} in either layout ({first}`{}`); if you declare the others permuted, check {them} too",
        shown(name)
    ))
}

/// Square matrices fit whichever way they lie, which is in doubt where others are transposed.
fn squares(entries: &[usize], resolver: &Resolver<'_>) -> Option<String> {
    let name = resolver.checkpoint.entry(*entries.first()?).name();
    let count = entries.len();
    let fit = plural(count, "square matrix fits", "square matrices fit");
    let (first, them) = (plural(count, "", "the first is "), plural(count, "it", "them"));
    Some(format!(
        "{count} {fit}, transposed or not ({first}`{}`); if you declare the others transposed, check {them} too",
        shown(name)
    ))
}
