//! Calls of the loader that change names: as Rust source for a hint, and as renamings to try them with.

use std::collections::BTreeSet;

use weighbridge_checkpoint::Renames;

use super::templates::ANY;
use crate::path::literal;

/// What names have between their components, if it is no dot. Any other character must bring the file further at once.
const SEPARATORS: &str = "/|:\\>";
/// More calls than this are not written out.
const MOST_CALLS: usize = 6;
/// More indices than this are written as a loop.
const MOST_INDICES: usize = 3;
/// More renamings than this are not tried, as each is compared with every name.
const MOST_RENAMES: usize = 1000;
/// The variables of nested loops.
const VARIABLES: &[&str] = &["i", "k", "n"];

/// A call, or a loop of calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Call {
    Subtree(String),
    Separator(char),
    Strip(String),
    Add(String),
    /// Takes a component out, wherever a name has it.
    #[cfg(feature = "regex")]
    Without(String),
    /// Takes an end off every name that has it.
    #[cfg(feature = "regex")]
    Cut(String),
    /// `from` and `to` have as many `*`. `at` has the indices that stand for them; it has one empty item if there are none.
    Rename {
        from: String,
        to: String,
        at: BTreeSet<Vec<usize>>,
    },
}

impl Call {
    /// Whether it only makes names comparable, so that it may help together with others alone.
    pub(super) fn is_first_step(&self) -> bool {
        match self {
            Call::Separator(separator) => SEPARATORS.contains(*separator),
            #[cfg(feature = "regex")]
            Call::Cut(_) => true,
            _ => false,
        }
    }

    pub(super) fn rename(from: impl Into<String>, to: impl Into<String>) -> Call {
        Call::Rename { from: from.into(), to: to.into(), at: BTreeSet::from([Vec::new()]) }
    }
}

/// How many renamings the calls make.
pub(super) fn count(calls: &[Call]) -> usize {
    calls.iter().map(|call| if let Call::Rename { at, .. } = call { at.len() } else { 1 }).sum()
}

/// The renamings, after those that there are; `None` if it would take too long to try them.
pub(super) fn renames(before: &Renames, calls: &[Call]) -> Option<Renames> {
    if count(calls) > MOST_RENAMES {
        return None;
    }
    calls.iter().try_fold(before.clone(), |renames, call| {
        Some(match call {
            Call::Subtree(path) => renames.subtree(path),
            Call::Separator(separator) => renames.separator(*separator),
            Call::Strip(prefix) => renames.strip_prefix(prefix),
            Call::Add(prefix) => renames.add_prefix(prefix),
            #[cfg(feature = "regex")]
            Call::Without(component) => renames.rename_regex(&without(component), "$1").ok()?,
            #[cfg(feature = "regex")]
            Call::Cut(end) => renames.rename_regex(&format!("{}$", escaped(end)), "").ok()?,
            Call::Rename { from, to, at } => at.iter().fold(renames, |renames, indices| {
                let numbers: Vec<String> = indices.iter().map(usize::to_string).collect();
                renames.rename(filled(from, &numbers), filled(to, &numbers))
            }),
        })
    })
}

/// The regular expression of a component, and of what stands before it.
#[cfg(feature = "regex")]
fn without(component: &str) -> String {
    format!(r"(^|\.)(?:{}\.)+", escaped(component))
}

/// A text as a regular expression that matches it.
#[cfg(feature = "regex")]
fn escaped(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':') || !c.is_ascii();
    text.chars().flat_map(|c| if is_plain(c) { vec![c] } else { vec!['\\', c] }).collect()
}

/// A template with these in place of its stars.
fn filled(template: &str, numbers: &[String]) -> String {
    let mut numbers = numbers.iter();
    let component = |component: &str| match component.contains(ANY) {
        true => component.replacen(ANY, numbers.next().map_or(ANY, String::as_str), 1),
        false => component.to_owned(),
    };
    template.split('.').map(component).collect::<Vec<_>>().join(".")
}

/// The loader with these calls, as Rust source; `None` if it would be too long.
pub(super) fn source(loader: &str, calls: &[Call]) -> Option<String> {
    let (mut text, mut count) = (loader.to_owned(), 0);
    for call in calls {
        match call {
            Call::Subtree(path) => text.push_str(&format!(".subtree({})", literal(path))),
            Call::Separator(separator) => text.push_str(&format!(".separator({separator:?})")),
            Call::Strip(prefix) => text.push_str(&format!(".strip_prefix({})", literal(prefix))),
            #[cfg(feature = "regex")]
            Call::Without(component) => {
                text.push_str(&format!(".rename_regex({}, \"$1\")", literal(&without(component))))
            }
            #[cfg(feature = "regex")]
            Call::Cut(end) => {
                text.push_str(&format!(".rename_regex({}, \"\")", literal(&format!("{}$", escaped(end)))))
            }
            Call::Add(prefix) => text.push_str(&format!(".add_prefix({})", literal(prefix))),
            Call::Rename { from, to, at } if at.len() <= MOST_INDICES => {
                for indices in at {
                    let numbers: Vec<String> = indices.iter().map(usize::to_string).collect();
                    let [from, to] = [from, to].map(|template| literal(&filled(template, &numbers)));
                    text.push_str(&format!(".rename({from}, {to})"));
                }
                count += at.len() - 1;
            }
            Call::Rename { from, to, at } => text = looped(text, from, to, at)?,
        }
        count += 1;
    }
    (count <= MOST_CALLS).then_some(text)
}

/// The loader with a loop of calls, if the indices are all of a few ranges.
fn looped(loader: String, from: &str, to: &str, at: &BTreeSet<Vec<usize>>) -> Option<String> {
    // the loop writes the names into `format!`
    if from.contains(['{', '}']) || to.contains(['{', '}']) {
        return None;
    }
    let depth = at.first()?.len();
    let variables = VARIABLES.get(..depth)?;
    let ranges: Vec<BTreeSet<usize>> =
        (0..depth).map(|i| at.iter().filter_map(|indices| indices.get(i).copied()).collect()).collect();
    let is_all = ranges.iter().map(BTreeSet::len).product::<usize>() == at.len();
    let is_range = |range: &BTreeSet<usize>| match (range.first(), range.last()) {
        (Some(first), Some(last)) => last - first + 1 == range.len(),
        _ => false,
    };
    if !is_all || !ranges.iter().all(is_range) {
        return None;
    }
    let names: Vec<String> = variables.iter().map(|variable| format!("{{{variable}}}")).collect();
    let [from, to] = [from, to].map(|template| literal(&filled(template, &names)));
    let inner = format!("loader.rename(format!({from}), format!({to}))");
    let innermost_first = ranges.iter().zip(variables).enumerate().rev();
    Some(innermost_first.fold(inner, |body, (i, (range, variable))| {
        let (first, last) = (range.first().unwrap_or(&0), range.last().unwrap_or(&0));
        let begin = if i == 0 { loader.as_str() } else { "loader" };
        format!("({first}..={last}).fold({begin}, |loader, {variable}| {body})")
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rename(from: &str, to: &str, at: &[&[usize]]) -> Call {
        Call::Rename { from: from.into(), to: to.into(), at: at.iter().map(|indices| indices.to_vec()).collect() }
    }

    #[test]
    fn a_loop_stands_for_many_calls() {
        let text = |call: Call| source("Loader::new()", &[call]);
        assert_eq!(
            text(rename("a.*.x", "a.*", &[&[0], &[1]])).unwrap(),
            r#"Loader::new().rename("a.0.x", "a.0").rename("a.1.x", "a.1")"#
        );
        assert_eq!(
            text(rename("a.*.x", "a.*", &[&[1], &[2], &[3], &[4]])).unwrap(),
            r#"(1..=4).fold(Loader::new(), |loader, i| loader.rename(format!("a.{i}.x"), format!("a.{i}")))"#
        );
        assert_eq!(
            text(rename("a.*.*.x", "a.*.*", &[&[0, 0], &[0, 1], &[1, 0], &[1, 1]])).unwrap(),
            "(0..=1).fold(Loader::new(), |loader, i| (0..=1).fold(loader, |loader, k| \
             loader.rename(format!(\"a.{i}.{k}.x\"), format!(\"a.{i}.{k}\"))))"
        );
        assert_eq!(text(rename("a.*.x", "a.*", &[&[1], &[2], &[3], &[5]])), None);
        assert_eq!(text(rename("a{.*.x", "a.*", &[&[1], &[2], &[3], &[4]])), None);
    }

    #[test]
    fn what_is_written_is_what_is_tried() {
        let calls = [Call::Strip("m.".into()), rename("a.*.x", "b.*", &[&[0], &[3]])];
        let renames = renames(&Renames::new(), &calls).unwrap();
        assert_eq!(renames, Renames::new().strip_prefix("m.").rename("a.0.x", "b.0").rename("a.3.x", "b.3"));
    }
}
