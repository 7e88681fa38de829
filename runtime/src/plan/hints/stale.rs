//! Renamings and patterns that fit no name: what may have been meant.

use std::collections::BTreeSet;

use weighbridge_checkpoint::Rename;

use super::names::split_last;
use crate::path::{distance, literal, shown};
use crate::plan::resolver::Resolver;

/// The most modules of the file that are compared with each.
const MOST_COMPARED: usize = 5000;
/// The most renamings and patterns that are looked at.
const MOST: usize = 8;

/// Adds a hint for each renaming that changes no name and is near one that would, if something is wrong.
pub(super) fn explain(resolver: &mut Resolver<'_>) {
    let report = &resolver.out.report;
    if report.stale_renames.is_empty() || report.findings().next().is_none() {
        return;
    }
    // what a renaming can begin with: the names of the file, and the modules above them
    let mut modules: BTreeSet<String> = BTreeSet::new();
    for entry in resolver.checkpoint.iter() {
        let name = resolver.policy.renames.begin(entry.name());
        let mut above = name.as_ref();
        while modules.len() < MOST_COMPARED && modules.insert(above.to_owned()) && !above.is_empty() {
            above = split_last(above).0;
        }
    }
    modules.remove("");
    let hints: Vec<String> =
        report.stale_renames.iter().take(MOST).filter_map(|rename| hint(rename, &modules)).collect();
    resolver.out.report.hints.extend(hints);
}

fn hint(rename: &Rename, modules: &BTreeSet<String>) -> Option<String> {
    let is_there = |name: &str| modules.contains(name);
    Some(match rename {
        Rename::StripPrefix(prefix) => {
            let near = nearest(prefix.trim_end_matches('.'), modules)?;
            let meant = literal(&format!("{near}."));
            format!("no name begins with `{}`; did you mean `strip_prefix({meant})`?", shown(prefix))
        }
        Rename::Rename { from, to } if is_there(to) => format!(
            "no name is `{}` or below it, and some are below `{}`; the file's name stands first, as in `rename({}, {})`",
            shown(from),
            shown(to),
            literal(to),
            literal(from)
        ),
        Rename::Rename { from, to } => {
            let near = literal(nearest(from.trim_end_matches('.'), modules)?);
            format!("no name is `{}` or below it; did you mean `rename({near}, {})`?", shown(from), literal(to))
        }
        _ => return None,
    })
}

/// The one module that is nearest.
fn nearest<'m>(name: &str, modules: &'m BTreeSet<String>) -> Option<&'m str> {
    let most = (name.len() / 3).clamp(1, 4);
    let mut near: Vec<(usize, &str)> =
        modules.iter().filter_map(|module| Some((distance(name, module, most)?, module.as_str()))).collect();
    near.sort_unstable();
    match near.as_slice() {
        [(_, only)] => Some(only),
        [(first, only), (second, _), ..] if first < second => Some(only),
        _ => None,
    }
}
