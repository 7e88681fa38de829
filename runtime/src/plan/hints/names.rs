//! How far two names are apart, and what is said of two that are near.

use crate::path::{distance, index};

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

/// The last components of an output layer's weight.
const HEADS: &[&str] = &["lm_head.weight", "output.weight", "proj_out.weight", "embed_out.weight", "decoder.weight"];

/// A component of the name of an embedding of tokens.
const EMBEDDINGS: &[&str] = &["embed_tokens", "word_embeddings", "wte", "tok_embeddings", "shared"];

/// The part of a path before its last dot, and the part behind it.
pub(super) fn split_last(path: &str) -> (&str, &str) {
    path.rsplit_once('.').unwrap_or(("", path))
}

fn is_style(a: &str, b: &str) -> bool {
    STYLES.contains(&(a, b)) || STYLES.contains(&(b, a))
}

fn depth(path: &str) -> usize {
    path.split('.').count()
}

/// How far two names are apart; `None` if too far for one to be meant by the other.
pub(super) fn cost(path: &str, name: &str) -> Option<usize> {
    let ((parent, leaf), (other, spelt)) = (split_last(path), split_last(name));
    if parent == other && is_style(leaf, spelt) {
        return Some(1);
    }
    // a layer of one tensor, and its tensor
    if parent == name && leaf == "weight" {
        return Some(1);
    }
    if path == other {
        return Some(if spelt == "weight" { 1 } else { 2 });
    }
    if depth(path) != depth(name) {
        return distance(path, name, 2);
    }
    // every component but one must be the same, and that one near; indices are never near to each other
    let (a, b) = differing(path, name).filter(|(a, b)| index(a).is_none() && index(b).is_none())?;
    let most = (a.len().max(b.len()) / 3).clamp(1, 4);
    distance(a, b, most).or_else(|| (a.contains(b) || b.contains(a)).then_some(most + 1))
}

/// The one component in which two names of the same depth differ.
fn differing<'n>(path: &'n str, name: &'n str) -> Option<(&'n str, &'n str)> {
    let mut pairs = path.split('.').zip(name.split('.')).filter(|(a, b)| a != b);
    let first = pairs.next();
    first.filter(|_| pairs.next().is_none() && depth(path) == depth(name))
}

/// Whether two names differ in one component that is no index, and in few characters of it.
pub(super) fn is_misspelt(path: &str, name: &str) -> bool {
    differing(path, name).is_some_and(|(a, b)| distance(a, b, 2).is_some() && index(a).is_none() && index(b).is_none())
}

/// What is said of a source that is missing, where a name is near that another parameter takes.
pub(super) fn say_so_in_from(shown: &str) -> String {
    format!("the checkpoint has `{shown}`; if it is this one, say so in `from`")
}

/// Whether a shape alone may pair two names: the same last component, and not the same place of another layer.
pub(super) fn may_be(path: &str, name: &str) -> bool {
    split_last(path).1 == split_last(name).1 && !words(path).eq(words(name))
}

/// The components that are no index.
fn words(path: &str) -> impl Iterator<Item = &str> {
    path.split('.').filter(|component| index(component).is_none())
}

/// What is said of a missing parameter that may be this entry, whose name is printed as `shown`.
pub(super) fn it_may_be(path: &str, name: &str, shown: &str) -> String {
    let ((parent, leaf), (other, spelt)) = (split_last(path), split_last(name));
    if parent == other && is_style(leaf, spelt) {
        return format!("the checkpoint has `{shown}`; if it is this one, say `#[param(alias = \"{spelt}\")]`");
    }
    if other == path {
        let last = split_last(shown).1;
        return format!("the checkpoint has `{shown}`; if it is this one, say `#[param(rename = \"{leaf}.{last}\")]`");
    }
    let remedy = match differing(path, name) {
        Some((ours, theirs)) => {
            format!("rename it in the file, or say `alias = \"{theirs}\"` where the module says `{ours}`")
        }
        None => "rename it in the file, or in the module".to_owned(),
    };
    format!("the checkpoint has `{shown}`, which no parameter takes; if it is this one, {remedy}")
}

pub(super) fn did_you_mean(path: &str) -> String {
    format!("did you mean `{path}`?")
}

/// Whether a name is that of an output layer's weight.
pub(super) fn is_head(path: &str) -> bool {
    let ends = |head: &&str| path.strip_suffix(*head).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    HEADS.iter().any(ends)
}

/// Whether a name is that of an embedding of tokens.
pub(super) fn is_embedding(name: &str) -> bool {
    name.split('.').any(|component| EMBEDDINGS.contains(&component))
}

/// What is said of an output layer that is missing, where the embedding has its shape.
pub(super) fn may_be_tied(name: &str) -> String {
    format!(
        "`{name}` has this shape; if they are tied, say `#[param(tied = \"{name}\")]` in the module that holds both"
    )
}

/// What is said of an output layer that is there once more.
pub(super) fn may_be_once_more(path: &str, name: &str) -> String {
    format!(
        "if it is `{name}` once more, declare it with `#[param(rename = \"{path}\", tied = \"{name}\")]`, and the two are compared"
    )
}

/// What is said where most of what is missing is there behind one prefix.
pub(super) fn strip(prefix: &str) -> String {
    format!(
        "the checkpoint's names begin with `{prefix}`, and the module's do not; say `Loader::new().strip_prefix(\"{prefix}\")`"
    )
}

/// What is said where most of what is missing is there without its prefix. `remedy` begins with a dot.
pub(super) fn add(prefix: &str, remedy: &str) -> String {
    format!("the module's names begin with `{prefix}`, and the checkpoint's do not; say `Loader::new(){remedy}`")
}
