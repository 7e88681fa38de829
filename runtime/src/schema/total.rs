//! What a schema comes to: the number of its parameters, of their elements and bytes, as far as the schema and the names that are known
//! say.

use weighbridge_checkpoint::DType;

use super::dims::Len;
use super::node::{Field, Node, Spec};
use super::value::{Known, Value};
use super::wanted::Wanted;

/// What is counted.
#[derive(Clone, Copy)]
pub(crate) enum Count {
    Parameters,
    Elements,
    Bytes,
}

/// The number of parameters below a node, or of their elements or bytes.
pub(crate) const fn total(node: &'static Node, spec: Spec, known: Known<'_>, count: Count) -> Option<usize> {
    match node {
        Node::Parameter(leaf) => {
            let wanted = Wanted { spec, leaf };
            match count {
                Count::Parameters => Some(1),
                Count::Elements => elements(&wanted, known),
                Count::Bytes => bytes(&wanted, known),
            }
        }
        Node::Struct { fields, declared, .. } => {
            let (outer, mut sum, mut i) = (spec.enter(*declared), 0usize, 0);
            while i < fields.len() {
                let field = &fields[i];
                let spec = field.spec_in(outer);
                // a tied field has no storage of its own
                let shared = !matches!(count, Count::Parameters) && is_tied(field, &spec, known);
                match if shared { Some(0) } else { total(field.node, spec, known, count) } {
                    Some(n) => match sum.checked_add(n) {
                        Some(next) => sum = next,
                        None => return None,
                    },
                    None => return None,
                }
                i += 1;
            }
            Some(sum)
        }
        Node::List { item, .. } => match length(node, spec, known) {
            // whatever is open in its items
            Some(0) => Some(0),
            Some(len) => match total(item, spec.item(), known, count) {
                Some(each) => len.checked_mul(each),
                None => None,
            },
            None => None,
        },
        Node::Optional { item } => match spec.says_with(known) {
            Some(true) => total(item, spec.inside(), known, count),
            Some(false) => Some(0),
            None => None,
        },
        Node::Map { .. } | Node::Choice { .. } => None,
    }
}

/// Whether a field has no tensor of its own.
pub(crate) const fn is_tied(field: &Field, spec: &Spec, known: Known<'_>) -> bool {
    match (field.tied, spec.given.tied_when()) {
        (None, _) => false,
        (Some(_), None) => true,
        // as a load has it, which takes it to be tied where nothing says so
        (Some(_), Some(when)) => !matches!(when.truth(&spec.environment, known), Value::Truth(false)),
    }
}

/// A list's length where it is known.
pub(crate) const fn length(node: &'static Node, spec: Spec, known: Known<'_>) -> Option<usize> {
    if let (Some(items), Node::List { len: Len::FromFile, .. }) = (spec.items, node) {
        return items.count(&spec.environment, known);
    }
    let len = match (spec.len, node) {
        (Some(len), _) => len,
        (None, Node::List { len, .. }) => *len,
        _ => Len::FromFile,
    };
    match len.as_dim().number(&spec.environment, known) {
        Some(Value::Number(len)) => Some(len),
        _ => None,
    }
}

/// The number of elements of a parameter.
pub(super) const fn elements(wanted: &Wanted, known: Known<'_>) -> Option<usize> {
    let Some(rank) = wanted.rank() else { return None };
    let (mut product, mut i, mut is_empty) = (Some(1usize), 0, false);
    while i < rank {
        let Some(Value::Number(n)) = wanted.dim(i).number(&wanted.spec.environment, known) else { return None };
        is_empty = is_empty || n == 0;
        product = match product {
            Some(product) => product.checked_mul(n),
            None => None,
        };
        i += 1;
    }
    if is_empty { Some(0) } else { product }
}

/// The size of a parameter in bytes.
pub(super) const fn bytes(wanted: &Wanted, known: Known<'_>) -> Option<usize> {
    match (elements(wanted, known), wanted.leaf.dtypes, wanted.spec.dtypes) {
        (Some(elements), [dtype], _) => dtype.size_of(elements),
        // the type holds several, and the field names one of them
        (Some(elements), held, [dtype]) if is_among(held, *dtype) => dtype.size_of(elements),
        _ => None,
    }
}

/// Whether a type that holds these dtypes, or any, holds this one.
const fn is_among(held: &[DType], dtype: DType) -> bool {
    let mut i = 0;
    while i < held.len() {
        if held[i] as u8 == dtype as u8 {
            return true;
        }
        i += 1;
    }
    held.is_empty()
}
