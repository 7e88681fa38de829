//! Patterns of `ignore` that hide what is missing.

use weighbridge_checkpoint::Problem;
use weighbridge_lock::matches;

use super::names;
use crate::path::literal;
use crate::plan::outcome::Missing;
use crate::plan::resolver::Resolver;
use crate::rules::says;

/// The most members that are no arrays that one call names.
const MOST_NAMED: usize = 8;

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
pub(in crate::plan) fn no_arrays(resolver: &Resolver<'_>, numbers: &[usize]) -> Vec<Problem> {
    let named: Vec<&str> = numbers.iter().map(|number| resolver.name_of(resolver.checkpoint.len() + number)).collect();
    let patterns: Vec<String> = named.iter().take(MOST_NAMED).map(|name| literal(name)).collect();
    let call = format!("{}.ignore([{}])", names::loader(resolver), patterns.join(", "));
    let problem = |(place, &number): (usize, &usize)| {
        let mut problem = resolver.entry_names.no_arrays[number].clone();
        let remedy = match place < MOST_NAMED {
            true => format!("say `{call}` to load the rest"),
            false => format!("ignore the name {} too", literal(named[place])),
        };
        let or = if problem.message.contains("; ") { ", or" } else { ";" };
        problem.message.push_str(&format!("{or} {remedy}"));
        problem
    };
    numbers.iter().enumerate().map(problem).collect()
}

fn keep(pattern: &str) -> String {
    format!(", or say `loader.keep([{}])`, which leaves the parameter as it is", literal(pattern))
}
