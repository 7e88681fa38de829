//! A shape that a field says, beside the one that its type has, found in `const` evaluation.

use super::{Dim, Extents, Text};

/// Panics where `shape` says one thing, and the field's type another.
#[track_caller]
pub(crate) const fn agrees(extents: &Extents, dims: &[Dim]) {
    match extents.rank() {
        Some(rank) if rank != dims.len() => contradiction("dimensions", dims.len(), rank),
        _ => {}
    }
    let mut i = 0;
    while i < dims.len() {
        match (dims[i], extents.dim(i)) {
            (Dim::Is(said), Dim::Is(is)) if said != is => contradiction("in one place", said, is),
            _ => {}
        }
        i += 1;
    }
}

/// `shape` says one thing, and the field's type another.
#[track_caller]
const fn contradiction(what: &str, said: usize, is: usize) -> ! {
    let text = Text::<256>::new()
        .push("`shape` says ")
        .push_number(said)
        .push(" ")
        .push(what)
        .push(", and the field's type has ")
        .push_number(is)
        .push("; give the type's own extents, or leave `shape` out where the type says it all");
    panic!("{}", text.as_str());
}
