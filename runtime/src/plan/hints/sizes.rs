//! The same model in another size.

use std::collections::{BTreeMap, BTreeSet};

use super::leftovers::fixed_shape;
use crate::plan::outcome::Misshapen;
use crate::plan::resolver::Resolver;
use crate::rules::Expected;
use crate::schema::Dim;

/// The most pairs of numbers that one hint names.
const MOST: usize = 4;

/// Words in the names of what has a row for each token.
const OF_TOKENS: &[&str] =
    &["embed", "wte", "head", "vocab", "tok", "word", "shared", "output", "decoder", "logits", "proj_out"];
/// Vocabularies are padded to multiples of these, or of more.
const PADDED_TO: usize = 8;
/// The most attributes that one hint names.
const MOST_SHAPES: usize = 3;

/// Says that the vocabulary is padded, if all of these have more or fewer rows than the module, and nothing else is wrong with
/// them.
pub(super) fn padded(resolver: &Resolver<'_>, misshapen: &[&Misshapen]) -> Option<String> {
    let mut rows: Option<(usize, usize)> = None;
    let mut open: BTreeSet<String> = BTreeSet::new();
    for one in misshapen {
        let (found, expected) = (resolver.checkpoint.entry(one.entry).shape(), &one.expected);
        let (Some(Dim::Is(wanted)), Some((&is, others))) =
            (expected.rank().filter(|rank| *rank > 0).map(|_| expected.dim(0)), found.split_first())
        else {
            return None;
        };
        let is_same = expected.rank() == Some(found.len())
            && others.iter().enumerate().all(|(i, &n)| matches!(expected.dim(i + 1), Dim::Is(wanted) if wanted == n));
        let is_of_tokens = OF_TOKENS.iter().any(|word| one.path.contains(word));
        if !is_same || !is_of_tokens || !expected.is_plain() || *rows.get_or_insert((is, wanted)) != (is, wanted) {
            return None;
        }
        open.insert(match (expected.given(0), expected.is_of_parts()) {
            (Some(argument), _) => format!("`args({argument} = _)`"),
            (None, true) => return None,
            (None, false) => {
                let others: String = others.iter().map(|n| format!(", {n}")).collect();
                format!("`#[param(shape = [_{others}])]`")
            }
        });
    }
    let (is, wanted) = rows?;
    let (small, large) = (is.min(wanted), is.max(wanted));
    // not another vocabulary
    if !large.is_multiple_of(PADDED_TO) || large - small > small / 8 + PADDED_TO || open.len() > MOST_SHAPES {
        return None;
    }
    let open: Vec<String> = open.into_iter().collect();
    Some(format!(
        "the vocabulary has {is} rows in the checkpoint, and {wanted} in the module; if the difference is padding, leave the dim open, with {}, or change the number",
        open.join(" and ")
    ))
}

/// Whether the two have the same extents in another order: that is no other size.
fn is_reordered(expected: &Expected, found: &[usize]) -> bool {
    let sorted = |mut shape: Vec<usize>| {
        shape.sort_unstable();
        shape
    };
    fixed_shape(expected).is_some_and(|wanted| sorted(wanted) == sorted(found.to_vec()))
}

/// Says which of the module's numbers the checkpoint has another one for, if a few pairs of numbers explain all of these
/// shapes.
pub(super) fn explain(resolver: &Resolver<'_>, misshapen: &[&Misshapen]) -> Option<String> {
    if misshapen.len() < 2 {
        return None;
    }
    // by the module's number: the checkpoint's, and how often
    let mut pairs: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
    for one in misshapen {
        let found = resolver.checkpoint.entry(one.entry).shape();
        if one.expected.rank() != Some(found.len()) || is_reordered(&one.expected, found) {
            return None;
        }
        for (i, &is) in found.iter().enumerate() {
            let Dim::Is(wanted) = one.expected.dim(i) else { continue };
            let (known, count) = pairs.entry(wanted).or_insert((is, 0));
            if *known != is {
                return None;
            }
            *count += 1;
        }
    }
    let mut differ: Vec<(usize, usize, usize)> = pairs
        .into_iter()
        .filter(|(wanted, (is, _))| wanted != is)
        .map(|(wanted, (is, count))| (count, wanted, is))
        .collect();
    // the most frequent first
    differ.sort_by(|a, b| b.0.cmp(&a.0).then(b.1.cmp(&a.1)));
    let texts: Vec<String> =
        differ.iter().map(|(_, wanted, is)| format!("{is} where the module has {wanted}")).collect();
    match texts.as_slice() {
        [] => None,
        texts if texts.len() > MOST => None,
        texts => Some(format!(
            "the checkpoint is of another size: it has {}; change these numbers in the module, or load another checkpoint",
            texts.join(", and ")
        )),
    }
}
