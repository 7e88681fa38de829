//! How far two names are apart, and what is said of two that are near. It runs in `const` evaluation as well.

use super::Hint;
use crate::path::distance;
use crate::schema::{Text, index, same, split};

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
pub(crate) const fn split_last(path: &str) -> (&str, &str) {
    let bytes = path.as_bytes();
    let mut i = bytes.len();
    while i > 0 {
        i -= 1;
        if bytes[i] == b'.' {
            return (path.split_at(i).0, path.split_at(i + 1).1);
        }
    }
    ("", path)
}

const fn is_style(a: &str, b: &str) -> bool {
    let mut i = 0;
    while i < STYLES.len() {
        let (x, y) = STYLES[i];
        if (same(a, x) && same(b, y)) || (same(a, y) && same(b, x)) {
            return true;
        }
        i += 1;
    }
    false
}

/// Whether a component is an index, or several that are folded.
const fn is_index(component: &str) -> bool {
    index(component).is_some() || (!component.is_empty() && component.as_bytes()[0] == b'{')
}

const fn components(path: &str) -> usize {
    let (bytes, mut count, mut i) = (path.as_bytes(), 1, 0);
    while i < bytes.len() {
        count += (bytes[i] == b'.') as usize;
        i += 1;
    }
    count
}

/// How far two names are apart; `None` if too far for one to be meant by the other.
pub(crate) const fn cost(path: &str, name: &str) -> Option<usize> {
    let ((parent, leaf), (other, spelt)) = (split_last(path), split_last(name));
    if same(parent, other) && is_style(leaf, spelt) {
        return Some(1);
    }
    // a layer of one tensor, and its tensor
    if same(parent, name) && same(leaf, "weight") {
        return Some(1);
    }
    if same(path, other) {
        return Some(if same(spelt, "weight") { 1 } else { 2 });
    }
    if components(path) != components(name) {
        return distance(path, name, 2);
    }
    // every component but one must be the same, and that one near; indices are never near to each other
    let Some((a, b)) = differing(path, name) else { return None };
    if is_index(a) || is_index(b) {
        return None;
    }
    let longer = if a.len() > b.len() { a.len() } else { b.len() };
    let most = match longer / 3 {
        0 => 1,
        third if third > 4 => 4,
        third => third,
    };
    match distance(a, b, most) {
        None if contains(a, b) || contains(b, a) => Some(most + 1),
        found => found,
    }
}

const fn contains(text: &str, part: &str) -> bool {
    let (text, part) = (text.as_bytes(), part.as_bytes());
    let mut start = 0;
    while start + part.len() <= text.len() {
        let mut i = 0;
        while i < part.len() && text[start + i] == part[i] {
            i += 1;
        }
        if i == part.len() {
            return true;
        }
        start += 1;
    }
    false
}

/// The one component in which two names of the same depth differ.
const fn differing<'n>(path: &'n str, name: &'n str) -> Option<(&'n str, &'n str)> {
    let (mut left, mut ours, mut theirs) = (components(path), path, name);
    if left != components(name) {
        return None;
    }
    let mut one = None;
    while left > 0 {
        let ((a, a_rest), (b, b_rest)) = (split(ours), split(theirs));
        match one {
            _ if same(a, b) => {}
            None => one = Some((a, b)),
            Some(_) => return None,
        }
        (ours, theirs) = (a_rest, b_rest);
        left -= 1;
    }
    one
}

/// Whether two names differ in one component that is no index, and in few characters of it.
pub(crate) const fn is_misspelt(path: &str, name: &str) -> bool {
    match differing(path, name) {
        Some((a, b)) => distance(a, b, 2).is_some() && !is_index(a) && !is_index(b),
        None => false,
    }
}

/// What is said of a source that is missing, where a name is near that another parameter takes.
pub(crate) const fn say_so_in_from(shown: &str) -> Hint {
    Text::new().push("the checkpoint has `").push(shown).push("`; if it is this one, say so in `from`")
}

/// Whether a shape alone may pair two names: the same last component, and not the same place of another layer.
pub(crate) const fn may_be(path: &str, name: &str) -> bool {
    same(split_last(path).1, split_last(name).1) && !same_words(path, name)
}

/// Whether two names are the same but for their indices.
const fn same_words(path: &str, name: &str) -> bool {
    let (mut a, mut b) = (Some(path), Some(name));
    loop {
        let (x, y) = (word(&mut a), word(&mut b));
        match (x, y) {
            (Some(x), Some(y)) if same(x, y) => {}
            (None, None) => return true,
            _ => return false,
        }
    }
}

/// The next component that is no index.
const fn word<'n>(rest: &mut Option<&'n str>) -> Option<&'n str> {
    while let Some(text) = *rest {
        let (first, others) = split(text);
        *rest = if first.len() == text.len() { None } else { Some(others) };
        if !is_index(first) {
            return Some(first);
        }
    }
    None
}

/// What is said of a missing parameter that may be this entry, whose name is printed as `shown`.
pub(crate) const fn it_may_be(path: &str, name: &str, shown: &str) -> Hint {
    let ((parent, leaf), (other, spelt)) = (split_last(path), split_last(name));
    let text = Text::new().push("the checkpoint has `").push(shown).push("`");
    if same(parent, other) && is_style(leaf, spelt) {
        return text.push("; if it is this one, say `#[param(alias = \"").push(spelt).push("\")]`");
    }
    if same(other, path) {
        let text = text.push("; if it is this one, say `#[param(rename = \"").push(leaf).push(".");
        return text.push(split_last(shown).1).push("\")]`");
    }
    let text = text.push(", which no parameter takes; if it is this one, ");
    match differing(path, name) {
        Some((ours, theirs)) => {
            let text = text.push("rename it in the file, or say `alias = \"").push(theirs);
            text.push("\"` where the module says `").push(ours).push("`")
        }
        None => text.push("rename it in the file, or in the module"),
    }
}

pub(crate) const fn did_you_mean(path: &str) -> Hint {
    Text::new().push("did you mean `").push(path).push("`?")
}

/// Whether a name is that of an output layer's weight.
pub(crate) const fn is_head(path: &str) -> bool {
    let mut i = 0;
    while i < HEADS.len() {
        let head = HEADS[i];
        if path.len() >= head.len() && path.is_char_boundary(path.len() - head.len()) {
            let (rest, last) = path.split_at(path.len() - head.len());
            let ends = rest.is_empty() || rest.as_bytes()[rest.len() - 1] == b'.';
            if ends && same(last, head) {
                return true;
            }
        }
        i += 1;
    }
    false
}

/// Whether a name is that of an embedding of tokens.
pub(crate) const fn is_embedding(name: &str) -> bool {
    let mut rest = Some(name);
    while let Some(component) = word(&mut rest) {
        let mut i = 0;
        while i < EMBEDDINGS.len() {
            if same(component, EMBEDDINGS[i]) {
                return true;
            }
            i += 1;
        }
    }
    false
}

/// What is said of an output layer that is missing, where the embedding has its shape.
pub(crate) const fn may_be_tied(name: &str) -> Hint {
    let text = Text::new().push("`").push(name).push("` has this shape; if they are tied, say `#[param(tied = \"");
    text.push(name).push("\")]` in the module that holds both")
}

/// What is said of an output layer that is there once more.
pub(crate) const fn may_be_once_more(path: &str, name: &str) -> Hint {
    let text = Text::new().push("if it is `").push(name).push("` once more, declare it with `#[param(rename = \"");
    text.push(path).push("\", tied = \"").push(name).push("\")]`, and the two are compared")
}

/// What is said where most of what is missing is there behind one prefix.
pub(crate) const fn strip(prefix: &str) -> Hint {
    let text = Text::new().push("the checkpoint's names begin with `").push(prefix);
    text.push("`, and the module's do not; say `Loader::new().strip_prefix(\"").push(prefix).push("\")`")
}

/// What is said where most of what is missing is there without its prefix. `remedy` begins with a dot.
pub(crate) const fn add(prefix: &str, remedy: &str) -> Hint {
    let text = Text::new().push("the module's names begin with `").push(prefix);
    text.push("`, and the checkpoint's do not; say `Loader::new()").push(remedy).push("`")
}
