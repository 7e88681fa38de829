//! What a parameter must be, and what follows for the source tensors of its layout.

use super::dims::{Dim, Leaf};
use super::frame::{Frame, RANK};
use super::layout::Layout;
use super::node::Spec;
use super::sources::{LayoutState, Meanings, Misfit, NthSource, nth};
use super::text::Text;
use super::value::{Known, Value};
use weighbridge_checkpoint::DType;

/// The shape that a parameter must have, from its field's attributes and its type.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    pub(crate) spec: Spec,
    pub(crate) leaf: &'static Leaf,
}

impl Wanted {
    /// The number of dims, if it is known.
    pub(crate) const fn rank(&self) -> Option<usize> {
        match self.spec.shape {
            Some(dims) => Some(dims.len()),
            None => self.leaf.shapes.rank(),
        }
    }

    /// Dim `index`: a number where the arguments of the module say one.
    pub(crate) const fn dim(&self, index: usize) -> Dim {
        let Some(dims) = self.spec.shape else { return self.leaf.shapes.dim(index) };
        match dims[index] {
            Dim::Any => self.leaf.shapes.dim(index),
            // a name still binds if the type fixes the number
            dim if self.spec.environment.level() == 0 => dim,
            dim => match dim.number(&self.spec.environment, Known::NONE) {
                Some(Value::Number(number)) => Dim::Is(number),
                _ => dim,
            },
        }
    }

    /// The dtypes that the file may have without a cast; empty for any.
    pub(crate) const fn dtypes(&self) -> &'static [DType] {
        if self.spec.dtypes.is_empty() { self.leaf.dtypes } else { self.spec.dtypes }
    }
}

impl Layout {
    /// Source tensor `number` of the parameter, in the order of the layout. What names are decides its numbers.
    pub(crate) const fn source(&'static self, wanted: &Wanted, known: Known<'_>, number: usize) -> NthSource {
        let Some(rank) = wanted.rank() else {
            return NthSource::Misfit(Text::new().push("`from` needs the number of dims; write `shape = [..]`"));
        };
        if rank > RANK {
            let text = Text::new().push("`from` takes at most ").push_number(RANK).push(" dims");
            return NthSource::Misfit(text.push("; declare the shape that the file has"));
        }
        let (mut frame, mut i) = (Frame::EMPTY, 0);
        while i < rank {
            frame = frame.push(wanted.dim(i));
            i += 1;
        }
        nth(self, frame, LayoutState::top(Meanings { environment: &wanted.spec.environment, known }), number)
    }

    /// Why no file can fit this layout, if none can.
    pub(crate) const fn misfit(&'static self, wanted: &Wanted) -> Option<Misfit> {
        let (mut number, mut lens) = (0, [None; RANK]);
        loop {
            match self.source(wanted, Known::NONE, number) {
                NthSource::Found(source) => {
                    // a slice along an open dim decides its size, which must be the same in all source tensors
                    let mut i = 0;
                    while source.is_plain() && source.open.is_none() && i < source.frame.rank() {
                        let side = source.frame.side(i);
                        if let (Some(_), Dim::Is(len), false) = (side.slice, side.dim, side.is_part) {
                            match lens[side.of] {
                                Some(other) if other != len => {
                                    let text = Text::new().push("`slice` takes ").push_number(len).push(" here and ");
                                    let text = text.push_number(other).push(" in another part of the same dim");
                                    return Some(text.push("; give both the same `len`"));
                                }
                                _ => lens[side.of] = Some(len),
                            }
                        }
                        i += 1;
                    }
                    number += 1;
                }
                NthSource::Skip(_) => return None,
                NthSource::Misfit(text) => return Some(text),
            }
        }
    }
}
