//! Names that `Loader::dim` gives another number than the checkpoint has, where rows do not show it: the end of items.

use std::collections::BTreeSet;

use super::names;
use super::renaming::Retry;
use crate::path::{literal, shown};
use crate::plan::policy::Policy;
use crate::plan::resolver::Resolver;
use crate::plan::score::Score;

/// The most numbers that are tried.
const MOST_TRIED: usize = 8;

/// The hint for the number that brings the load further than all others.
pub(super) fn explain(resolver: &Resolver<'_>, before: Score, retry: Retry<'_>) -> Option<String> {
    // modules of one type ask for the same
    let wrong: BTreeSet<&(String, usize)> = resolver.out.said_wrong.iter().collect();
    let tried = wrong.into_iter().take(MOST_TRIED).filter_map(|(name, value)| {
        let mut policy: Policy = resolver.policy.clone();
        policy.dims.insert(name.clone(), *value);
        let after = retry(&policy);
        after.is_better_than(&before).then_some((after.rank(), name, *value))
    });
    let (_, name, value) = tried.min_by_key(|(rank, ..)| *rank)?;
    let said = resolver.policy.dims.get(name)?;
    Some(format!(
        "`Loader::dim` says that `{}` is {said}, and the checkpoint has items as for {value}; say `{}.dim({}, {value})`",
        shown(name),
        names::loader(resolver),
        literal(name)
    ))
}
