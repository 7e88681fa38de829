//! The same parameter under another name.

use std::collections::{HashMap, HashSet};

use super::super::resolve::Resolver;
use super::{Extra, Leftovers, fixed_shape, group, split_last};
use crate::path::{distance, shown};

/// Last components that different libraries give to one thing.
const STYLES: &[(&str, &str)] = &[
    ("weight", "gamma"),
    ("bias", "beta"),
    ("weight", "kernel"),
    ("weight", "embedding"),
    ("weight", "scale"),
    ("weight", "w"),
    ("bias", "b"),
    ("running_mean", "moving_mean"),
    ("running_var", "moving_variance"),
    ("weight", "weight_v"),
];

/// Most of the missing ones are there, all behind one prefix, or all without it.
pub(super) fn common_prefix(resolver: &mut Resolver<'_>, left: &mut Leftovers<'_>) -> bool {
    let missing: Vec<&str> = left.missing.iter().map(|missing| missing.path.as_str()).collect();
    let unexpected: Vec<&str> = left.unexpected.iter().map(|extra| extra.path.as_str()).collect();
    let hint = if let Some(prefix) = prefix_of(&unexpected, &missing) {
        format!(
            "the checkpoint's names begin with `{0}`, and the module's do not; say `Loader::new().strip_prefix(\"{0}\")`",
            shown(&prefix)
        )
    } else if let Some(prefix) = prefix_of(&missing, &unexpected) {
        let remedy = if resolver.out.report.fitting == 0 {
            format!(".add_prefix(\"{prefix}\")")
        } else {
            // a prefix for all would take the names away that fit already
            renames(&prefix, &missing, &unexpected)
        };
        format!("the module's names begin with `{prefix}`, and the checkpoint's do not; say `Loader::new(){remedy}`")
    } else {
        return false;
    };
    resolver.out.report.hints.push(hint);
    true
}

/// A renaming for each first component that lacks the prefix.
fn renames(prefix: &str, missing: &[&str], unexpected: &[&str]) -> String {
    let wanted: HashSet<&str> = missing.iter().copied().collect();
    let mut first: Vec<&str> = unexpected
        .iter()
        .filter(|name| wanted.contains(format!("{prefix}{name}").as_str()))
        .filter_map(|name| name.split('.').next())
        .collect();
    first.sort_unstable();
    first.dedup();
    first.iter().map(|name| format!(".rename(\"{0}\", \"{prefix}{0}\")", shown(name))).collect()
}

/// The prefix that most of `long` begin with, and that joins most of the fewer: four of five, and at least two begin.
fn prefix_of(long: &[&str], short: &[&str]) -> Option<String> {
    let longer: HashSet<&str> = long.iter().copied().collect();
    // the right prefix puts any of the short names among the long ones, so a few of them are enough to find it
    let mut tried = Vec::new();
    for name in short.iter().take(3) {
        for candidate in long.iter().filter_map(|long| long.strip_suffix(name)).filter(|prefix| prefix.ends_with('.')) {
            if tried.contains(&candidate) {
                continue;
            }
            tried.push(candidate);
            let found = short.iter().filter(|short| longer.contains(format!("{candidate}{short}").as_str())).count();
            let begin = long.iter().filter(|long| long.starts_with(candidate)).count();
            if begin >= 2 && found * 5 >= short.len().min(long.len()) * 4 && begin * 5 >= long.len() * 4 {
                return Some(candidate.to_owned());
            }
            if tried.len() > 8 {
                return None;
            }
        }
    }
    None
}

/// A name that is nearly the same, or the only one of its shape.
pub(super) fn nearest(left: &mut Leftovers<'_>) {
    let missing = group(left.missing, |missing| fixed_shape(&missing.wish));
    let unexpected = group(&left.unexpected, |extra| Some(extra.shape.clone()));
    for m in 0..left.missing.len() {
        if !left.missing_hints[m].is_empty() && left.missing[m].optional.is_none() {
            continue;
        }
        let Some(e) = near(left, m).or_else(|| alone(left, m, &missing, &unexpected)) else { continue };
        let (path, name) = (left.missing[m].path.clone(), left.unexpected[e].path.clone());
        let ((parent, leaf), (other, spelt)) = (split_last(&path), split_last(&name));
        let shown_name = shown(&left.unexpected[e].name);
        let hint = if parent == other && is_style(leaf, spelt) {
            format!("the checkpoint has `{shown_name}`; if it is this one, say `#[param(alias = \"{spelt}\")]`")
        } else if other == path {
            format!(
                "the checkpoint has `{shown_name}`; if it is this one, say `#[param(rename = \"{leaf}.{}\")]`",
                shown(spelt)
            )
        } else {
            let remedy = match differing(&path, &name) {
                Some((ours, theirs)) => {
                    format!(
                        "rename it in the file, or say `alias = \"{}\"` where the module says `{ours}`",
                        shown(theirs)
                    )
                }
                None => "rename it in the file, or in the module".to_owned(),
            };
            format!("the checkpoint has `{shown_name}`, which no parameter takes; if it is this one, {remedy}")
        };
        left.missing_hints[m].push(hint);
        left.unexpected_hints[e].push(format!("did you mean `{path}`?"));
    }
}

fn is_style(a: &str, b: &str) -> bool {
    STYLES.iter().any(|&(x, y)| (a, b) == (x, y) || (a, b) == (y, x))
}

/// The numbers of the leftovers of each shape.
type ByShape = HashMap<Vec<usize>, Vec<usize>>;

/// The unexpected entry that this missing parameter most likely is: of a fitting shape, and nearer than any other.
fn near(left: &Leftovers<'_>, m: usize) -> Option<usize> {
    let missing = &left.missing[m];
    let candidates: Vec<(usize, usize)> = left
        .unexpected
        .iter()
        .enumerate()
        .filter(|(_, extra)| missing.wish.fits(&extra.shape))
        .filter_map(|(e, extra)| Some((cost(&missing.path, &extra.path)?, e)))
        .collect();
    let &best = candidates.iter().min()?;
    let tied = candidates.iter().filter(|(cost, _)| *cost == best.0).count() > 1;
    (!tied).then_some(best.1)
}

/// Where no name is near: the only one of its shape on both sides.
fn alone(left: &Leftovers<'_>, m: usize, missing: &ByShape, unexpected: &ByShape) -> Option<usize> {
    let shape = fixed_shape(&left.missing[m].wish).filter(|shape| shape.len() > 1)?;
    match (missing.get(&shape)?.as_slice(), unexpected.get(&shape)?.as_slice()) {
        ([_], [e]) if may_be(&left.missing[m].path, &left.unexpected[*e].path) => Some(*e),
        _ => None,
    }
}

/// Whether a shape alone may pair two names: the same last component, and not the same place of another layer.
fn may_be(path: &str, name: &str) -> bool {
    let words =
        |path: &str| path.split('.').filter(|part| crate::path::index(part).is_none()).collect::<Vec<_>>().join(".");
    split_last(path).1 == split_last(name).1 && words(path) != words(name)
}

/// How far two names are apart; `None` if too far for one to be meant by the other.
fn cost(path: &str, name: &str) -> Option<usize> {
    let ((parent, leaf), (other, spelt)) = (split_last(path), split_last(name));
    if parent == other && is_style(leaf, spelt) {
        return Some(1);
    }
    // a layer of one tensor, and its tensor
    match (parent == name, path == other) {
        (true, _) if leaf == "weight" => return Some(1),
        (_, true) if spelt == "weight" => return Some(1),
        (_, true) => return Some(2),
        _ => {}
    }
    if path.split('.').count() != name.split('.').count() {
        return distance(path, name, 2);
    }
    // every component but one must be the same, and that one near; indices are never near to each other
    let (a, b) = differing(path, name)?;
    if crate::path::index(a).is_some() || crate::path::index(b).is_some() {
        return None;
    }
    let most = (a.len().max(b.len()) / 3).clamp(1, 4);
    distance(a, b, most).or_else(|| (a.contains(b) || b.contains(a)).then_some(most + 1))
}

/// The one component in which two names of the same depth differ.
fn differing<'n>(path: &'n str, name: &'n str) -> Option<(&'n str, &'n str)> {
    if path.split('.').count() != name.split('.').count() {
        return None;
    }
    let mut differing = path.split('.').zip(name.split('.')).filter(|(a, b)| a != b);
    let one = differing.next()?;
    differing.next().is_none().then_some(one)
}

/// A source of `from` that is spelt otherwise in the file, where other parameters take it.
pub(super) fn misspelt_sources(resolver: &Resolver<'_>, left: &mut Leftovers<'_>) {
    let sources = left.missing.iter().filter(|missing| !missing.part_of.is_empty()).count();
    if sources.saturating_mul(resolver.checkpoint.len()) > super::PAIRS {
        return;
    }
    for (missing, hints) in left.missing.iter().zip(&mut left.missing_hints) {
        let is_near = |name: &str| {
            let words = differing(&missing.path, name).filter(|(a, b)| distance(a, b, 2).is_some());
            words.is_some_and(|(a, b)| crate::path::index(a).is_none() && crate::path::index(b).is_none())
        };
        if missing.part_of.is_empty() {
            continue;
        }
        let names = resolver.checkpoint.iter().map(|entry| resolver.policy.rename(entry.name()));
        let mut near = names.filter(|name| is_near(name));
        if let (Some(name), None) = (near.next(), near.next()) {
            hints.push(format!("the checkpoint has `{}`; if it is this one, say so in `from`", shown(&name)));
        }
    }
}

/// The last components of an output layer's weight.
const HEADS: &[&str] = &["lm_head.weight", "output.weight", "proj_out.weight", "embed_out.weight", "decoder.weight"];

/// A component of the name of an embedding of tokens.
const EMBEDDINGS: &[&str] = &["embed_tokens", "word_embeddings", "wte", "tok_embeddings", "shared"];

/// An output layer that shares its weight with the embedding: the module has it and the file does not, or the reverse.
pub(super) fn tied(resolver: &Resolver<'_>, left: &mut Leftovers<'_>) {
    let is_head = |path: &str| {
        HEADS.iter().any(|head| path.strip_suffix(head).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
    };
    // a model has one output layer; what has many is something else
    let heads = left.missing.iter().filter(|missing| is_head(&missing.path)).count()
        + left.unexpected.iter().filter(|extra| is_head(&extra.path)).count();
    if heads > 2 {
        return;
    }
    let embedding = |fits: &dyn Fn(&[usize]) -> bool| {
        let is_embedding = |name: &str| name.split('.').any(|component| EMBEDDINGS.contains(&component));
        let mut entries = resolver.checkpoint.iter().filter(|entry| is_embedding(entry.name()) && fits(entry.shape()));
        match (entries.next(), entries.next()) {
            (Some(entry), None) => Some(shown(&resolver.policy.rename(entry.name())).into_owned()),
            _ => None,
        }
    };
    for (missing, hints) in left.missing.iter().zip(&mut left.missing_hints) {
        if is_head(&missing.path)
            && let Some(name) = embedding(&|shape| missing.wish.fits(shape))
        {
            hints.push(format!(
                "`{name}` has this shape; if they are tied, say `#[param(tied = \"{name}\")]` in the module that holds both"
            ));
        }
    }
    for (extra, hints) in left.unexpected.iter().zip(&mut left.unexpected_hints) {
        if hints.is_empty()
            && is_head(&extra.path)
            && let Some(name) = embedding(&|shape| shape == extra.shape)
        {
            hints.push(format!(
                "if it is `{name}` once more, declare it with `#[param(rename = \"{}\", tied = \"{name}\")]`, and the two are compared",
                shown(&extra.path)
            ));
        }
    }
}

impl Extra {
    /// The path without its last component, if that is `last`.
    pub(super) fn parent_of(&self, last: &str) -> Option<&str> {
        let (parent, leaf) = split_last(&self.path);
        (leaf == last).then_some(parent)
    }
}
