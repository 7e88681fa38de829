//! Finds tensors that the other checkpoint has under another name. What is uncertain is not a renaming.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{DefaultHasher, Hasher};

use weighbridge_checkpoint::read::Meter;
use weighbridge_checkpoint::{DType, Entry};
use weighbridge_lock::natural;

use super::compare;
use super::differences::{Diff, Only, Renamed};
use super::error::DiffError;
use super::tensor::NamedEntry;

/// What two tensors must have in common.
type DTypeAndShape<'t> = (DType, &'t [usize]);

/// Of the tensors that only one side has, those that may be one of the other's: the other has one of this dtype and shape.
pub(super) fn candidates<'t>([a, b]: &'t [Vec<NamedEntry<'t>>; 2]) -> [Vec<&'t NamedEntry<'t>>; 2] {
    let types = |tensors: &'t [NamedEntry<'t>]| tensors.iter().map(dtype_and_shape).collect::<HashSet<_>>();
    let among = |tensors: &'t [NamedEntry<'t>], types: &HashSet<DTypeAndShape<'t>>| {
        // all empty tensors are equal, so their values tell nothing
        tensors.iter().filter(|tensor| types.contains(&dtype_and_shape(tensor)) && !tensor.shape.contains(&0)).collect()
    };
    [among(a, &types(b)), among(b, &types(a))]
}

fn dtype_and_shape<'t>(tensor: &NamedEntry<'t>) -> DTypeAndShape<'t> {
    (tensor.dtype, tensor.shape)
}

/// The pairs with the same dtype, shape and values, if no other candidate has these.
pub(super) fn by_values(
    a: &[&NamedEntry<'_>],
    b: &[&NamedEntry<'_>],
    meter: &Meter<'_>,
) -> Result<Vec<Renamed>, DiffError> {
    let mut found: HashMap<(DTypeAndShape<'_>, u64), [Vec<&NamedEntry<'_>>; 2]> = HashMap::new();
    for (side, tensors) in [a, b].into_iter().enumerate() {
        for tensor in tensors {
            found.entry((dtype_and_shape(tensor), digest(&tensor.entry, meter)?)).or_default()[side].push(tensor);
        }
    }
    let mut pairs: Vec<[&NamedEntry<'_>; 2]> = found
        .into_values()
        .filter_map(|[a, b]| match (a.as_slice(), b.as_slice()) {
            ([one], [other]) => Some([*one, *other]),
            _ => None,
        })
        .collect();
    pairs.sort_by(|[a, _], [b, _]| natural(a.name, b.name));
    let mut renamed = Vec::new();
    for [one, other] in pairs {
        // different tensors may have one digest
        if compare::are_equal(&one.entry, &other.entry, meter)? {
            renamed.push(Renamed { a: one.name.to_owned(), b: other.name.to_owned() });
        }
    }
    Ok(renamed)
}

fn digest(entry: &Entry<'_>, meter: &Meter<'_>) -> Result<u64, DiffError> {
    let mut hasher = DefaultHasher::new();
    entry.pieces(entry.dtype().elements_in(1 << 20), |pieces| {
        while let Some(piece) = pieces.next()? {
            hasher.write(piece);
            meter.add(piece.len())?;
        }
        Ok::<_, DiffError>(())
    })?;
    Ok(hasher.finish())
}

/// The most pairs of prefixes that are tried.
const TRIED: usize = 64;

/// A prefix of every name in A and one of every name in B, if replacing one by the other turns the one list into the other.
/// A list of one tensor has none: its two names may have nothing to do with each other.
pub(super) fn by_names(diff: &Diff) -> Option<Renamed> {
    let (a, b) = (&diff.only_in_a, &diff.only_in_b);
    if a.len() != b.len() || a.len() < 2 {
        return None;
    }
    let others: BTreeMap<&str, &Only> = b.iter().map(|only| (only.name.as_str(), only)).collect();
    let first = a.first()?;
    let alike = b.iter().filter(|only| (only.dtype, &only.shape) == (first.dtype, &first.shape)).take(TRIED);
    let mut fitting = alike.filter_map(|only| leading(&first.name, &only.name)).filter(|(from, to)| {
        a.iter().all(|only| {
            let renamed = renamed(&only.name, from, to).and_then(|name| others.get(name.as_str()).copied());
            renamed.is_some_and(|other| (other.dtype, &other.shape) == (only.dtype, &only.shape))
        })
    });
    fitting.next().map(|(from, to)| Renamed { a: from.to_owned(), b: to.to_owned() })
}

/// Two names without the last components that they share: at least one. What is left may be empty.
fn leading<'n>(a: &'n str, b: &'n str) -> Option<(&'n str, &'n str)> {
    let shared = a.rsplit('.').zip(b.rsplit('.')).take_while(|(a, b)| a == b);
    let shared: usize = shared.map(|(part, _)| part.len() + 1).sum();
    let rest = |name: &'n str| name.get(..name.len().saturating_sub(shared)).unwrap_or_default();
    (shared > 0).then(|| (rest(a), rest(b)))
}

/// A name with the prefix `to` in place of `from`. An empty `from` is a prefix of every name.
fn renamed(name: &str, from: &str, to: &str) -> Option<String> {
    let rest = match from {
        "" => name,
        _ => name.strip_prefix(from)?.strip_prefix('.')?,
    };
    Some(if to.is_empty() { rest.to_owned() } else { format!("{to}.{rest}") })
}
