//! Whether the shape in a field's attributes and the shape of its type agree, found in `const` evaluation.

use super::dims::{Dim, Shapes};
use super::text::Text;
use crate::report::plural;

/// Panics if `shape` contradicts the field's type.
#[track_caller]
pub(crate) const fn agrees(held: &Shapes, dims: &[Dim]) {
    match held.rank() {
        Some(rank) if rank != dims.len() => {
            contradiction(dims.len(), Text::new().push(plural(dims.len(), " dim", " dims")), rank)
        }
        _ => {}
    }
    let mut i = 0;
    while i < dims.len() {
        match (dims[i], held.dim(i)) {
            (Dim::Is(said), Dim::Is(is)) if said != is => {
                contradiction(said, Text::new().push(" for dim ").push_number(i), is)
            }
            _ => {}
        }
        i += 1;
    }
}

/// Panics with both numbers.
#[track_caller]
const fn contradiction(said: usize, what: Text<32>, is: usize) -> ! {
    let text = Text::<256>::new()
        .push("`shape` says ")
        .push_number(said)
        .push(what.as_str())
        .push(", but the field's type says ")
        .push_number(is)
        .push("; write the dims of the type, or leave `shape` out if the type has them all");
    panic!("{}", text.as_str());
}
