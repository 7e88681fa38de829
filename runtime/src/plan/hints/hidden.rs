//! Patterns of `ignore` that hide what is missing.

use std::collections::{BTreeSet, HashSet};

use weighbridge_checkpoint::Problem;
use weighbridge_lock::matches;

use super::calls::{self, Call};
use super::names;
use super::renaming::Retry;
use crate::path::literal;
use crate::plan::outcome::Missing;
use crate::plan::policy::Policy;
use crate::plan::resolver::Resolver;
use crate::rules::says;
use crate::schema::split;

/// The most members that are no arrays that one call names.
const MOST_NAMED: usize = 8;
/// The most parts of a checkpoint that are tried.
const MOST_TRIED: usize = 8;

/// The hint for a missing tensor that the file has under a name that a pattern hides.
pub(super) fn explain(resolver: &Resolver<'_>, missing: &Missing) -> Option<String> {
    let hiding = resolver.hiding(missing.hidden?)?;
    let [_, _, hides] = says::HIDES;
    let why = format!("{}{hides}", hiding.named());
    let [narrow, remove] = says::NARROW;
    let remedy = if hiding.pattern.contains('*') { narrow } else { remove };
    let parameter = missing.part_of.first().map_or(missing.path.as_str(), String::as_str);
    let or = match (resolver.may_keep, &missing.optional) {
        // one that fits the parameter too is as long as it was
        (true, _) if matches(hiding.pattern, parameter) && hiding.module.is_none() => keep(hiding.pattern),
        (true, _) => keep(parameter),
        (false, None) if missing.part_of.is_empty() && !missing.expected.is_of_parts() => says::OR_OPTION.to_owned(),
        (false, _) => String::new(),
    };
    Some(format!("{why}{remedy}{or}"))
}

/// What is wrong with members of the archive that are no arrays, and that no pattern fits.
pub(in crate::plan) fn no_arrays(resolver: &Resolver<'_>, numbers: &[usize], retry: Retry<'_>) -> Vec<Problem> {
    let named: Vec<&str> = numbers.iter().map(|number| resolver.name_of(resolver.checkpoint.len() + number)).collect();
    let patterns: Vec<String> = named.iter().take(MOST_NAMED).map(|name| literal(name)).collect();
    let part = part_without(resolver, &named, retry);
    let part = part.map_or_else(String::new, |call| format!("say `{call}`, which is a part that fits, or "));
    let call = format!("{}.ignore([{}])", names::loader(resolver), patterns.join(", "));
    let problem = |(place, &number): (usize, &usize)| {
        let mut problem = resolver.entry_names.no_arrays[number].clone();
        let remedy = match place < MOST_NAMED {
            true if part.is_empty() => format!("say `{call}` to load the rest"),
            true => format!("{part}`{call}` to load the rest"),
            false => format!("ignore the name {} too", literal(named[place])),
        };
        let or = if problem.message.contains("; ") { ", or" } else { ";" };
        problem.message.push_str(&format!("{or} {remedy}"));
        problem
    };
    numbers.iter().enumerate().map(problem).collect()
}

/// The call for the part of the checkpoint that has none of these names, and that the module fits.
fn part_without(resolver: &Resolver<'_>, names: &[&str], retry: Retry<'_>) -> Option<String> {
    if names.is_empty() {
        return None;
    }
    let taken: HashSet<&str> = names.iter().map(|name| split(name).0).collect();
    let tensors = resolver.entries().map(|(name, _)| name).filter_map(|name| name.split_once('.'));
    let parts: BTreeSet<&str> = tensors.map(|(first, _)| first).filter(|first| !taken.contains(first)).collect();
    let mut parts = parts.into_iter().take(MOST_TRIED).filter_map(|part| {
        let call = [Call::Subtree(part.to_owned())];
        let renames = calls::renames(&resolver.policy.renames, &call)?;
        let fits = retry(&Policy { renames, ..resolver.policy.clone() }).is_perfect();
        calls::source(names::loader(resolver), &call).filter(|_| fits)
    });
    parts.next()
}

fn keep(pattern: &str) -> String {
    format!(", or say `loader.keep([{}])`, which leaves the parameter as it is", literal(pattern))
}
