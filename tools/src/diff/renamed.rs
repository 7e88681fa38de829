//! Tensors that the other checkpoint has under another name. Only certain cases are found.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{DefaultHasher, Hasher};

use weighbridge_checkpoint::{DType, Entry};
use weighbridge_lock::natural;

use super::compare;
use super::differences::{Diff, Only, Renamed};
use super::error::DiffError;
use super::tensor::Tensor;
use crate::progress::Meter;

/// What two tensors must have in common.
type DTypeAndShape<'t> = (DType, &'t [usize]);

/// The tensors of each side that may be one of the other's: both have this dtype and shape among what they have alone.
pub(super) fn candidates<'t>([a, b]: &'t [Vec<Tensor<'t>>; 2]) -> [Vec<&'t Tensor<'t>>; 2] {
    let kinds =
        |tensors: &'t [Tensor<'t>]| -> HashSet<DTypeAndShape<'t>> { tensors.iter().map(dtype_and_shape).collect() };
    let among = |tensors: &'t [Tensor<'t>], kinds: &HashSet<DTypeAndShape<'t>>| {
        // empty tensors are all the same
        tensors.iter().filter(|tensor| kinds.contains(&dtype_and_shape(tensor)) && !tensor.shape.contains(&0)).collect()
    };
    [among(a, &kinds(b)), among(b, &kinds(a))]
}

fn dtype_and_shape<'t>(tensor: &Tensor<'t>) -> DTypeAndShape<'t> {
    (tensor.dtype, tensor.shape)
}

/// The pairs with the same dtype, shape and values, where no other candidate has these.
pub(super) fn by_values(
    a: &[&Tensor<'_>],
    b: &[&Tensor<'_>],
    meter: &mut Meter<'_>,
) -> Result<Vec<Renamed>, DiffError> {
    let mut found: HashMap<(DTypeAndShape<'_>, u64), [Vec<&Tensor<'_>>; 2]> = HashMap::new();
    for (side, tensors) in [a, b].into_iter().enumerate() {
        for tensor in tensors {
            found.entry((dtype_and_shape(tensor), digest(&tensor.entry, meter)?)).or_default()[side].push(tensor);
        }
    }
    let mut pairs: Vec<[&Tensor<'_>; 2]> = found
        .into_values()
        .filter_map(|[a, b]| match (a.as_slice(), b.as_slice()) {
            ([one], [other]) => Some([*one, *other]),
            _ => None,
        })
        .collect();
    pairs.sort_by(|[a, _], [b, _]| natural(a.name, b.name));
    let mut renamed = Vec::new();
    for [one, other] in pairs {
        // equal digests prove nothing
        if compare::are_equal(&one.entry, &other.entry, meter)? {
            renamed.push(Renamed { a: one.name.to_owned(), b: other.name.to_owned() });
        }
    }
    Ok(renamed)
}

fn digest(entry: &Entry<'_>, meter: &mut Meter<'_>) -> Result<u64, DiffError> {
    let mut hasher = DefaultHasher::new();
    entry.pieces((1 << 20) * 8 / entry.dtype().bits(), |pieces| {
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

/// The prefix of every name in A and the one in B, if exchanging them makes the one list the other. There must be two
/// tensors at least.
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

/// Two names without the last components that they share. They must share one at least; what is left may be empty.
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
