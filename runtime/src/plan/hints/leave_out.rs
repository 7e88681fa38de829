//! Names that are no weights of the module, and the patterns that leave them out: buffers that a module computes, averages
//! beside the weights, and what nothing else explains.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use weighbridge_lock::{counted, matches};

use super::beside::{self, AVERAGED, AVERAGES, BUFFERS, is_known};
use super::leftovers::Leftovers;
use super::names::{self, split_last};
use super::templates::{self, template};
use crate::path::{literal, shown};
use crate::plan::name_tree::ROOT;
use crate::plan::resolver::Resolver;
use crate::rules::Expected;

/// The most patterns that a hint names.
const MOST_PATTERNS: usize = 3;
/// The most patterns for buffers and averages.
const MOST_KNOWN: usize = 8;

/// The pattern for a name that is known.
fn pattern(name: &str) -> Option<String> {
    let ((parent, leaf), first) = (split_last(name), name.split('.').next()?);
    if AVERAGES.contains(&first) && first != name {
        return Some(format!("{first}.*"));
    }
    if leaf.ends_with(AVERAGED) {
        return Some(format!("*{AVERAGED}"));
    }
    BUFFERS.contains(&leaf).then(|| if parent.is_empty() { leaf.to_owned() } else { format!("*.{leaf}") })
}

/// The hint for buffers and averages, beside what else is wrong.
pub(super) fn known(resolver: &Resolver<'_>, left: &Leftovers<'_>, entries: &[usize]) -> Option<String> {
    let known: Vec<&str> =
        left.unexpected.iter().map(|extra| extra.path.as_str()).filter(|path| is_known(path)).collect();
    if known.is_empty() {
        return None;
    }
    let patterns: BTreeSet<String> = known.iter().filter_map(|name| pattern(name)).collect();
    let patterns = leave_only(resolver, entries, patterns)?;
    let count = known.len();
    let are = if count == 1 { "1 name is a buffer".to_owned() } else { format!("{count} names are buffers") };
    let or = if known.iter().any(|name| !BUFFERS.contains(&split_last(name).1)) { " or averages" } else { "" };
    let loader = names::loader(resolver);
    (patterns.len() <= MOST_KNOWN).then(|| {
        format!("{are}{or}, and no weights of the module; leave them out with `{loader}.{}`", ignore(&patterns))
    })
}

/// The hint for entries that no parameter takes, if nothing else is wrong and nothing explains them.
pub(super) fn rest_alone(resolver: &Resolver<'_>, entries: &[usize]) -> Option<String> {
    let report = &resolver.out.report;
    let is_all = report.findings().count() == entries.len() && !entries.is_empty();
    if !is_all || !report.hints.is_empty() || report.findings().any(|(_, finding)| !finding.hints.is_empty()) {
        return None;
    }
    // what a weight is multiplied by is not left out
    let scale = entries.iter().map(|&entry| resolver.name_of(entry));
    if let Some((scale, (of, dtype))) = scale.filter_map(|name| Some((name, beside::quantised(resolver, name)?))).next()
    {
        return Some(format!(
            "`{}` belongs to `{}`, which looks quantised ({dtype}); load the original checkpoint, or declare both in the module as the file has them",
            shown(scale),
            shown(&of)
        ));
    }
    // the items of a list have one pattern
    let mut patterns: BTreeMap<String, &str> = BTreeMap::new();
    for &entry in entries {
        let name = resolver.name_of(entry);
        patterns.insert(template(name), name);
    }
    if patterns.len() > MOST_PATTERNS {
        patterns = patterns.into_iter().map(|(template, name)| (pattern(name).unwrap_or(template), name)).collect();
    }
    let most = if entries.iter().all(|&entry| is_known(resolver.name_of(entry))) { MOST_KNOWN } else { MOST_PATTERNS };
    if patterns.len() > most {
        patterns = patterns.into_iter().map(|(pattern, name)| (below_first(&pattern), name)).collect();
    }
    let patterns: BTreeSet<String> = patterns.into_keys().collect();
    let call = match leave_only(resolver, entries, patterns) {
        Some(patterns) if patterns.len() <= most => ignore(&patterns),
        _ => "unexpected(Rule::Allow)".to_owned(),
    };
    let loader = names::loader(resolver);
    let may_be_its = |expected: &Expected| {
        entries.iter().any(|&entry| {
            !is_known(resolver.name_of(entry)) && {
                let entry = resolver.checkpoint.entry(entry);
                expected.fits(entry.shape()) && expected.accepts(entry.dtype()).is_some()
            }
        })
    };
    let is_there = |name: &str| resolver.names.named(ROOT, name).is_some();
    let absent = templates::absent_parts(resolver.root, &is_there, &may_be_its);
    let why = match absent.as_slice() {
        [] => "nothing else is wrong; to leave these names alone".to_owned(),
        [part] => format!("the module's `{}` is absent, and these names may be its own; if not", shown(part)),
        [part, ..] => {
            let count = counted(absent.len(), "part");
            format!("{count} of the module (`{}`, …) are absent, and these names may be theirs; if not", shown(part))
        }
    };
    Some(format!("{why}, say `{loader}.{call}`"))
}

/// The pattern for everything below the first component, if the name has several.
fn below_first(pattern: &str) -> String {
    match pattern.split_once('.') {
        Some((first, _)) if !first.contains('*') => format!("{first}.*"),
        _ => pattern.to_owned(),
    }
}

/// `ignore(["*.inv_freq"])`
fn ignore(patterns: &BTreeSet<String>) -> String {
    let all: Vec<String> = patterns.iter().map(|pattern| literal(pattern)).collect();
    format!("ignore([{}])", all.join(", "))
}

/// These patterns, if they fit no entry that a parameter takes.
fn leave_only(resolver: &Resolver<'_>, entries: &[usize], patterns: BTreeSet<String>) -> Option<BTreeSet<String>> {
    if patterns.len() > MOST_KNOWN {
        return None;
    }
    let entries: HashSet<usize> = entries.iter().copied().collect();
    let is_taken = |entry: &usize| !entries.contains(entry) && !resolver.is_hidden(*entry);
    let taken = (0..resolver.checkpoint.len()).filter(is_taken);
    let hides = |name: &str| patterns.iter().any(|pattern| matches(pattern, name));
    let mut taken = taken.map(|entry| resolver.name_of(entry));
    (!taken.any(hides)).then_some(patterns)
}
