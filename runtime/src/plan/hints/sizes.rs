//! The same model in another size.

use std::collections::BTreeMap;

use crate::plan::outcome::Misshapen;
use crate::plan::resolver::Resolver;
use crate::schema::Dim;

/// The most pairs of numbers that one hint names.
const MOST: usize = 4;

/// Says which of the module's numbers the checkpoint has another one for, if a few pairs of numbers explain all of these
/// shapes.
pub(super) fn explain(resolver: &Resolver<'_>, misshapen: &[&Misshapen]) -> Option<String> {
    if misshapen.len() < 2 {
        return None;
    }
    // by the module's number: the checkpoint's, and how often
    let mut pairs: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
    for one in misshapen {
        let found = resolver.checkpoint.entry(one.entry).shape();
        if one.expected.rank() != Some(found.len()) {
            return None;
        }
        for (i, &is) in found.iter().enumerate() {
            let Dim::Is(wanted) = one.expected.dim(i) else { continue };
            let (known, count) = pairs.entry(wanted).or_insert((is, 0));
            if *known != is {
                return None;
            }
            *count += 1;
        }
    }
    let mut differ: Vec<(usize, usize, usize)> = pairs
        .into_iter()
        .filter(|(wanted, (is, _))| wanted != is)
        .map(|(wanted, (is, count))| (count, wanted, is))
        .collect();
    // the most frequent first
    differ.sort_by(|a, b| b.0.cmp(&a.0).then(b.1.cmp(&a.1)));
    let texts: Vec<String> =
        differ.iter().map(|(_, wanted, is)| format!("{is} where the module has {wanted}")).collect();
    match texts.as_slice() {
        [] => None,
        texts if texts.len() > MOST => None,
        texts => Some(format!(
            "the checkpoint is of another size: it has {}; change these numbers in the module, or load another checkpoint",
            texts.join(", and ")
        )),
    }
}
