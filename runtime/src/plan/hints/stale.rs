//! Renamings and patterns that fit nothing: what may have been meant.

use std::borrow::Cow;
use std::collections::BTreeSet;

use weighbridge_checkpoint::{Rename, Renames};
use weighbridge_lock::matches;

use super::templates::{self, Stems};
use crate::path::{distance, index, literal, shown};
use crate::plan::nearest::{nearest, with_modules};
use crate::plan::policy::Rule;
use crate::plan::resolver::Resolver;

/// The most renamings and patterns that are looked at.
const MOST: usize = 8;
/// The most names and components that a pattern is compared with.
const MOST_COMPARED: usize = 100_000;
/// The most candidates for one pattern.
const MOST_TRIED: usize = 16;

/// Adds a hint for each renaming that changes no name and is near one that would, if something is wrong.
pub(super) fn renamings(resolver: &mut Resolver<'_>) {
    let report = &resolver.out.report;
    if report.stale_renames.is_empty() || report.findings().next().is_none() {
        return;
    }
    let renames = &resolver.policy.renames;
    let module = (Stems::of_module(resolver.root), templates::of_module(resolver.root));
    let hints: Vec<String> = report
        .stale_renames
        .iter()
        .filter(|rename| matches!(rename, Rename::StripPrefix(_) | Rename::Rename { .. }))
        .take(MOST)
        .filter_map(|rename| {
            // a renaming sees the names as those before it left them
            let before = renames.before(rename);
            let changed = |name: &'_ str| before.apply(name).map(Cow::into_owned);
            let names: Vec<String> = resolver.checkpoint.iter().filter_map(|entry| changed(entry.name())).collect();
            let modules = with_modules(names.iter().map(String::as_str), true);
            hint(rename, &modules, &module).or_else(|| changed_before(rename, renames, &before, resolver))
        })
        .collect();
    resolver.out.report.hints.extend(hints);
}

fn hint(rename: &Rename, modules: &BTreeSet<String>, (stems, module): &(Stems, BTreeSet<String>)) -> Option<String> {
    let is_there = |name: &str| modules.contains(name);
    let is_of_module = |name: &str| {
        let name = stems.template(name);
        let rest = |path: &String| path.strip_prefix(&name).map(str::to_owned);
        module.iter().filter_map(rest).any(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    Some(match rename {
        Rename::StripPrefix(prefix) => {
            let near = nearest(prefix.trim_end_matches('.'), modules).filter(|near| format!("{near}.") != *prefix)?;
            let meant = literal(&format!("{near}."));
            format!("no name begins with `{}`; did you mean `strip_prefix({meant})`?", shown(prefix))
        }
        Rename::Rename { from, to } if is_there(to) && is_of_module(from) => format!(
            "no name is `{}` or below it, and some are below `{}`; the file's name stands first, as in `rename({}, {})`",
            shown(from),
            shown(to),
            literal(to),
            literal(from)
        ),
        Rename::Rename { from, to } => {
            let near = literal(nearest(from.trim_end_matches('.'), modules).filter(|near| near != from)?);
            format!("no name is `{}` or below it; did you mean `rename({near}, {})`?", shown(from), literal(to))
        }
        _ => return None,
    })
}

/// The hint for a renaming of what one before it has renamed already.
fn changed_before(rename: &Rename, all: &Renames, before: &Renames, resolver: &Resolver<'_>) -> Option<String> {
    let Rename::Rename { from, to } = rename else { return None };
    let is_below =
        |name: &str| name.strip_prefix(from.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    let old = resolver.checkpoint.iter().map(|entry| entry.name()).find(|name| is_below(&all.begin(name)))?;
    let rest = all.begin(old).get(from.len()..)?.to_owned();
    let new = before.apply(old)?;
    let now = new.strip_suffix(rest.as_str())?;
    Some(format!(
        "`{}` is `{}` when this renaming applies, as those before it change the names; say `rename({}, {})`",
        shown(from),
        shown(now),
        literal(now),
        literal(to)
    ))
}

/// Adds a hint for each pattern of `ignore` that fits no name and is near one that would help.
pub(super) fn ignores(resolver: &mut Resolver<'_>, entries: &[usize]) {
    let is_stale = |pattern: &&str| !resolver.fitting.contains(pattern);
    let of_loader = resolver.policy.ignore.len();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let stale: Vec<(bool, &str)> = resolver
        .ignores
        .all()
        .enumerate()
        .filter(|(_, pattern)| is_stale(pattern) && seen.insert(pattern))
        .map(|(number, pattern)| (number < of_loader, pattern))
        .take(MOST)
        .collect();
    // an update may mean to leave a parameter alone
    let may_leave_alone = resolver.may_keep && resolver.policy.missing == Rule::Allow;
    if stale.is_empty() || (entries.is_empty() && !may_leave_alone) {
        return;
    }
    let extra: Vec<&str> = entries.iter().take(MOST_COMPARED).map(|&entry| resolver.name_of(entry)).collect();
    let all: Vec<&str> = resolver.entries().take(MOST_COMPARED).map(|(name, _)| name).collect();
    let is_extra: BTreeSet<&str> = extra.iter().copied().collect();
    let mut hints = Vec::new();
    for (is_of_loader, pattern) in stale {
        // the patterns of a type are relative to a module
        let fits = |pattern: &str, name: &str| match is_of_loader {
            true => matches(pattern, name),
            false => matches(pattern, name) || matches(&format!("*.{pattern}"), name),
        };
        let names = if may_leave_alone { &all } else { &extra };
        let helps = |new: &str| {
            names.iter().any(|name| fits(new, name))
                && (may_leave_alone || all.iter().all(|name| is_extra.contains(name) || !fits(new, name)))
        };
        // as the names were before the loader's renaming
        let fitted = resolver.checkpoint.iter().take(MOST_COMPARED).any(|entry| matches(pattern, entry.name()));
        let Some(meant) = near_pattern(pattern, names, helps, is_of_loader, fitted) else { continue };
        hints.push(match is_of_loader {
            true => format!(
                "the pattern `{}` of `ignore` fits no name; did you mean `ignore([{}])`?",
                shown(pattern),
                literal(&meant)
            ),
            false => format!(
                "the pattern `{}` of `ignore` fits no name; did you mean `#[module(ignore = {})]`?",
                shown(pattern),
                literal(&meant)
            ),
        });
    }
    resolver.out.report.hints.extend(hints);
}

/// Adds a hint for each pattern of `keep` that fits no parameter and is near one.
pub(super) fn keeps(resolver: &mut Resolver<'_>) {
    let stale = resolver.stale_keeps();
    if stale.is_empty() {
        return;
    }
    let (stems, paths) = (Stems::of_module(resolver.root), templates::of_parameters(resolver.root));
    let names: Vec<&str> = paths.iter().map(String::as_str).collect();
    let hints = stale.iter().take(MOST).filter_map(|pattern| {
        let fits = |new: &str| names.iter().any(|path| matches(&stems.template(new), path));
        let meant = near_pattern(pattern, &names, fits, true, false)?;
        Some(format!("no parameter fits `{}`; did you mean `keep([{}])`?", shown(pattern), literal(&meant)))
    });
    let hints: Vec<String> = hints.collect();
    resolver.out.report.hints.extend(hints);
}

/// The pattern that may be meant by one that fits nothing: a module's without what is below it, one without what is above it,
/// one that fits the names before they were changed, or one with a component that is misspelt.
fn near_pattern(
    pattern: &str,
    names: &[&str],
    fits: impl Fn(&str) -> bool,
    is_whole: bool,
    fitted_before: bool,
) -> Option<String> {
    let below = format!("{}.*", pattern.trim_end_matches('.'));
    let (above, both) = (format!("*.{pattern}"), format!("*.{below}"));
    let (is_open, begins_open) = (pattern.ends_with('*'), pattern.starts_with('*'));
    let may_begin = !begins_open && is_whole;
    let whole = [(!is_open, below), (may_begin, above), (!is_open && may_begin, both)];
    if let Some((_, whole)) = whole.into_iter().find(|(may_be, whole)| *may_be && fits(whole)) {
        return Some(whole);
    }
    if fitted_before {
        let mut rest = pattern;
        while let Some((_, shorter)) = rest.split_once('.') {
            rest = shorter;
            if !rest.starts_with('*') && fits(rest) {
                return Some(rest.to_owned());
            }
        }
    }
    misspelt(pattern, names, fits)
}

/// The pattern with another component in place of one of its own, if only one is as near.
fn misspelt(pattern: &str, names: &[&str], fits: impl Fn(&str) -> bool) -> Option<String> {
    let known: BTreeSet<&str> = names.iter().flat_map(|name| name.split('.')).take(MOST_COMPARED).collect();
    let components: Vec<&str> = pattern.split('.').collect();
    let mut near: Vec<(usize, String)> = Vec::new();
    for (at, component) in components.iter().enumerate() {
        let word = component.trim_matches('*');
        if word.contains('*') || word.is_empty() || index(word).is_some() || known.contains(word) {
            continue;
        }
        let most = (word.len() / 3).clamp(1, 4);
        let alike = known.iter().filter_map(|known| Some((distance(word, known, most)?, known)));
        for (edits, known) in alike.filter(|(_, known)| index(known).is_none()) {
            let mut meant = components.clone();
            let replaced = component.replacen(word, known, 1);
            meant[at] = &replaced;
            near.push((edits, meant.join(".")));
        }
    }
    near.sort();
    near.truncate(MOST_TRIED);
    near.retain(|(_, meant)| fits(meant));
    match near.as_slice() {
        [(_, only)] => Some(only.clone()),
        [(first, only), (second, _), ..] if first < second => Some(only.clone()),
        _ => None,
    }
}
