//! How far apart two names are, and the hints about names.

use super::beside::is_beside;
use super::fields::{FieldOnPath, fields_of};
use super::leftovers::fixed_shape;
pub(super) use super::leftovers::split_last;
use crate::path::{distance, index, literal, shown};
use crate::plan::resolver::Resolver;
use crate::rules::Expected;
use crate::schema::{Node, tie};

/// Last components that libraries use for the same thing.
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
];

/// What a tensor is in its layer, by its last component. Two of different roles are not the same tensor.
const ROLES: &[&[&str]] = &[
    &["weight", "gamma", "kernel", "embedding", "scale", "w"],
    &["bias", "beta", "b", "offset"],
    &["running_mean", "moving_mean", "mean"],
    &["running_var", "moving_variance", "var"],
];

/// Projections that some files keep in one tensor, in this order.
pub(super) const PARTS: &[&[&str]] = &[
    &["q_proj", "k_proj", "v_proj"],
    &["query_proj", "key_proj", "value_proj"],
    &["query", "key", "value"],
    &["q", "k", "v"],
    &["wq", "wk", "wv"],
    &["to_q", "to_k", "to_v"],
    &["gate_proj", "up_proj"],
    &["w1", "w3"],
];

/// Words of one component that name different parts of a layer or of a model.
const OPPOSITES: &[&[&str]] = &[
    &["ih", "hh"],
    &["q", "k", "v"],
    &["query", "key", "value"],
    &["gate", "up", "down"],
    &["encoder", "decoder"],
    &["enc", "dec"],
    &["in", "out"],
    &["src", "tgt"],
    &["left", "right"],
    &["forward", "backward"],
];

/// The last components of an output layer's weight.
const HEADS: &[&str] = &["lm_head.weight", "output.weight", "proj_out.weight", "embed_out.weight", "decoder.weight"];

/// Components in the names of token embeddings.
const EMBEDDINGS: &[&str] = &["embed_tokens", "word_embeddings", "wte", "tok_embeddings", "shared"];

/// Whether the names say that the two are different parts of a layer: a weight and a bias, a query and a key, the first and the
/// third of some layers.
pub(super) fn is_other_part(path: &str, name: &str) -> bool {
    match (role(path), role(name)) {
        (Some(ours), Some(theirs)) if ours != theirs => return true,
        (Some(_), Some(_)) => {}
        _ if is_beside(path) != is_beside(name) => return true,
        _ => {}
    }
    let Some((_, ours, theirs)) = differing(path, name) else { return false };
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let others = |text: &str| text.chars().filter(|c| !c.is_ascii_digit()).collect::<String>();
    let is_another_number = digits(ours) != digits(theirs) && others(ours) == others(theirs);
    // an index may be any of them
    let is_index = index(ours).is_some() || index(theirs).is_some();
    let are_numbered = !is_index && matches!((number(ours), number(theirs)), (Some(a), Some(b)) if a != b);
    let same =
        |sets: &[&[&str]], a: &str, b: &str| a != b && sets.iter().any(|set| set.contains(&a) && set.contains(&b));
    let words = || ours.split('_').zip(theirs.split('_'));
    let is_as_long = ours.split('_').count() == theirs.split('_').count();
    is_another_number
        || are_numbered
        || same(PARTS, ours, theirs)
        || (is_as_long && words().any(|(a, b)| same(OPPOSITES, a, b)))
}

/// What a tensor is in its layer, if its last component says so.
pub(super) fn role(name: &str) -> Option<usize> {
    ROLES.iter().position(|words| words.contains(&split_last(name).1))
}

/// The last number in a text.
pub(super) fn number(text: &str) -> Option<&str> {
    let is_digit = |c: char| c.is_ascii_digit();
    let end = text.rfind(is_digit)? + 1;
    let start = text[..end].trim_end_matches(is_digit).len();
    text.get(start..end)
}

pub(super) fn is_style(a: &str, b: &str) -> bool {
    STYLES.contains(&(a, b)) || STYLES.contains(&(b, a))
}

fn depth(path: &str) -> usize {
    path.split('.').count()
}

/// How far apart two names are that differ in one component; `None` if they are too far apart for one to stand for the other.
pub(super) fn cost(path: &str, name: &str) -> Option<usize> {
    let ((parent, leaf), (other, spelt)) = (split_last(path), split_last(name));
    if parent == other && is_style(leaf, spelt) {
        return Some(1);
    }
    // all components but one must be the same, and that one similar; indices are never similar
    let (_, a, b) = differing(path, name).filter(|(_, a, b)| index(a).is_none() && index(b).is_none())?;
    let most = (a.len().max(b.len()) / 3).clamp(1, 4);
    distance(a, b, most).or_else(|| (a.contains(b) || b.contains(a)).then_some(most + 1))
}

/// The one component in which two names of the same depth differ: its number, and what each of them has there.
pub(super) fn differing<'n>(path: &'n str, name: &'n str) -> Option<(usize, &'n str, &'n str)> {
    let mut pairs = path.split('.').zip(name.split('.')).enumerate().filter(|(_, (a, b))| a != b);
    let (component, (ours, theirs)) = pairs.next()?;
    (pairs.next().is_none() && depth(path) == depth(name)).then_some((component, ours, theirs))
}

/// Whether two names differ only in a few characters of one component that is not an index.
pub(super) fn is_misspelt(path: &str, name: &str) -> bool {
    differing(path, name)
        .is_some_and(|(_, a, b)| distance(a, b, 2).is_some() && index(a).is_none() && index(b).is_none())
}

/// The hint for a source tensor that is missing, where another parameter takes a tensor of nearly this name.
pub(super) fn say_so_in_from(shown: &str) -> String {
    format!("the checkpoint has `{shown}`; if it is this one, write its name in `from`")
}

/// Whether the shape is enough to pair two names: they end alike, and are not the same place in two layers.
pub(super) fn may_be(path: &str, name: &str) -> bool {
    split_last(path).1 == split_last(name).1 && !words(path).eq(words(name))
}

/// The components that are not indices.
fn words(path: &str) -> impl Iterator<Item = &str> {
    path.split('.').filter(|component| index(component).is_none())
}

/// The hint for a missing parameter that may be an entry, whose name is printed as `shown`.
pub(super) fn it_may_be(shown: &str, remedy: &str) -> String {
    format!("the checkpoint has `{shown}`; if it is this one, {remedy}")
}

/// The hint for so many missing parameters at once, each of which may be an entry with another name.
pub(super) fn they_may_be(count: usize, remedies: &str) -> String {
    format!(
        "the checkpoint has names near those of {count} missing parameters; if they are the same tensors, {remedies}"
    )
}

pub(super) fn did_you_mean(path: &str) -> String {
    format!("did you mean `{path}`?")
}

/// Whether this is the name of an output layer's weight.
pub(super) fn is_head(path: &str) -> bool {
    let ends = |head: &&str| path.strip_suffix(*head).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    HEADS.iter().any(ends)
}

/// Whether this is the name of a token embedding.
pub(super) fn is_embedding(name: &str) -> bool {
    name.split('.').any(|component| EMBEDDINGS.contains(&component))
}

/// The hint for an output layer that is missing, where the embedding has its shape; `None` if no attribute can tie the two.
pub(super) fn may_be_tied(root: &'static Node, path: &str, name: &str, shape: &[usize]) -> Option<String> {
    attribute_that_ties(root, path, name).or_else(|| {
        // a layer that may have a bias as well is none that can be tied as a whole
        let fields = root.fields();
        let own = fields_of(root, path)?.first().copied()?;
        let is_wanted = fixed_shape(&Expected::of(tie::target(fields, name)?)).is_some_and(|wanted| wanted == shape);
        let is_its_own = own.rest_of(path) == split_last(path).1 && own.attribute() == "module";
        (is_wanted && is_its_own && own.has_one_needed_parameter()).then(|| {
            format!(
                "`{}` has this shape; if they are tied, declare a parameter in place of the field for `{}`, with `#[param(shape = {shape:?}, rename = {}, tied = {})]`",
                shown(name),
                shown(own.field.name),
                literal(path),
                literal(name)
            )
        })
    })
}

/// The hint that ties the field of an output layer, or of its weight, as it is.
fn attribute_that_ties(root: &'static Node, path: &str, name: &str) -> Option<String> {
    let (fields, target) = (fields_of(root, path)?, fields_of(root, name)?);
    // the innermost module that has both: the tie is on its field, and relative to it
    let common = fields.iter().zip(&target).take_while(|(a, b)| a.field.name == b.field.name).count();
    let (head, embedding) = (fields.get(common)?, target.get(common)?);
    // not in two items of a list
    if !path.split('.').take(head.depth).eq(name.split('.').take(embedding.depth)) {
        return None;
    }
    let relative = relative_to(name, embedding);
    let (own, rest) = (head.field.name, head.rest_of(path));
    // a module is tied as a whole, if the weight is all of it
    let target = match rest {
        "" => relative,
        rest if head.has_one_parameter() => relative.strip_suffix(rest)?.strip_suffix('.')?,
        _ => return None,
    };
    // the compiler must take it
    if !tie::may_be_tied(head.holder, head.field, target) {
        return None;
    }
    let attribute = head.attribute();
    Some(format!(
        "`{}` has this shape; if they are tied, say `#[{attribute}(tied = {})]` on the field for `{own}`",
        shown(name),
        literal(target)
    ))
}

/// A name as the module that has this field sees it.
fn relative_to<'n>(name: &'n str, field: &FieldOnPath) -> &'n str {
    (0..field.depth).fold(name, |rest, _| rest.split_once('.').map_or("", |(_, rest)| rest))
}

/// The hint for an output layer that the file has beside the embedding that it may repeat; `None` if no field of the outermost
/// module can be tied to the embedding.
pub(super) fn may_be_once_more(root: &'static Node, path: &str, name: &str, shape: &[usize]) -> Option<String> {
    let fields = root.fields();
    let is_wanted = fixed_shape(&Expected::of(tie::target(fields, name)?)).is_some_and(|wanted| wanted == shape);
    let is_below =
        |long: &str, short: &str| long.strip_prefix(short).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    let is_free =
        fields.iter().all(|field| !field.flatten && !is_below(path, field.name) && !is_below(field.name, path));
    if !is_wanted || !is_free {
        return None;
    }
    let (path, target) = (literal(path), literal(name));
    Some(format!(
        "if it is `{}` once more, say `#[param(shape = {shape:?}, rename = {path}, tied = {target})]` on a new field of the outermost module, and the two are compared",
        shown(name)
    ))
}

/// The loader that a hint changes: a new one, or the caller's, if it has options that would be lost.
pub(super) fn loader(resolver: &Resolver<'_>) -> &'static str {
    let policy = resolver.policy;
    let is_new = policy.renames.is_empty() && policy.ignore.is_empty() && policy.keep.is_empty();
    if is_new && policy.dims.is_empty() { "Loader::new()" } else { "loader" }
}
