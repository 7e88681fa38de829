//! Patterns of `ignore` that hide what is missing.

use weighbridge_lock::matches;

use crate::path::{literal, shown};
use crate::plan::outcome::Missing;
use crate::plan::resolver::Resolver;
use crate::rules::says;

/// The hint for a missing tensor that the file has under a name that a pattern hides.
pub(super) fn explain(resolver: &Resolver<'_>, missing: &Missing) -> Option<String> {
    let hiding = resolver.hiding(missing.hidden?)?;
    let pattern = shown(hiding.pattern);
    let of = match hiding.module {
        None => "of `Loader::ignore`".to_owned(),
        Some("") => format!("in `#[module(ignore = ..)]` on {}", says::THE_MODULE),
        Some(module) => format!("in `#[module(ignore = ..)]` on the type of `{}`", shown(module)),
    };
    let remedy = if hiding.pattern.contains('*') { "narrow the pattern" } else { "remove the pattern" };
    let parameter = missing.part_of.first().map_or(missing.path.as_str(), String::as_str);
    let or = match (resolver.may_keep, &missing.optional) {
        // one that fits the parameter too is as long as it was
        (true, _) if matches(hiding.pattern, parameter) && hiding.module.is_none() => keep(hiding.pattern),
        (true, _) => keep(parameter),
        (false, None) if missing.part_of.is_empty() => ", or declare the parameter as an `Option`".to_owned(),
        (false, _) => String::new(),
    };
    Some(format!("the pattern `{pattern}` {of} hides it; {remedy}{or}"))
}

fn keep(pattern: &str) -> String {
    format!(", or say `loader.keep([{}])`, which leaves the parameter as it is", literal(pattern))
}
