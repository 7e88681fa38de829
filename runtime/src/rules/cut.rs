//! Tensors that are cut: no part is taken twice, and none is left over.

use super::expected::Shown;
use super::says;
use crate::schema::{Dim, SourceTensor, Text};

/// What a parameter takes of a tensor that is cut.
#[derive(Clone, Copy)]
pub(crate) struct TakenPart {
    /// The dim that is cut, its extent and the number of dims: of the shape that the tensor is seen as.
    dim: usize,
    pub(crate) extent: usize,
    rank: usize,
    /// The first index that is taken, and the one behind the last.
    pub(crate) from: usize,
    pub(crate) to: usize,
}

impl TakenPart {
    /// What a source takes of a tensor of this shape; `None` if it takes all of it.
    pub(crate) const fn of(source: &SourceTensor, shape: &[usize]) -> Option<TakenPart> {
        let Some(dim) = source.frame.sliced() else { return None };
        let (extent, rank) = match &source.reshaped {
            None => (shape[dim], shape.len()),
            Some(_) => (cut_extent(source, shape, dim), source.frame.rank()),
        };
        let (from, to) = source.frame.side(dim).taken();
        Some(TakenPart { dim, extent, rank, from, to })
    }

    /// How much it is.
    pub(crate) const fn len(&self) -> usize {
        self.to - self.from
    }

    /// Why this part cannot stand behind others of one tensor, of which the first is `first` and which end at `end`.
    pub(crate) const fn clash(&self, first: &TakenPart, end: usize) -> Option<&'static str> {
        if self.dim != first.dim || self.extent != first.extent || self.rank != first.rank {
            return Some(says::CUT_OTHERWISE);
        }
        if self.from < end { Some(says::CUT_TWICE) } else { None }
    }

    /// A part of the same tensor as a report shows it: `[8..16, ..]`.
    pub(crate) const fn show(&self, from: usize, to: usize) -> Shown {
        let (mut text, mut i): (Shown, _) = (Text::new().push("["), 0);
        while i < self.rank {
            text = text.push(if i == 0 { "" } else { ", " });
            text = if i == self.dim { text.push_number(from).push("..").push_number(to) } else { text.push("..") };
            i += 1;
        }
        text.push("]")
    }
}

/// The extent of the dim that is cut, if a tensor of this shape is seen as the source's: the number of elements gives it.
pub(crate) const fn cut_extent(source: &SourceTensor, shape: &[usize], cut: usize) -> usize {
    let (mut all, mut others, mut i) = (1, 1, 0);
    while i < shape.len() {
        all *= shape[i];
        i += 1;
    }
    i = 0;
    while i < source.frame.rank() {
        if let Dim::Is(n) = source.frame.side(i).dim
            && i != cut
        {
            others *= n;
        }
        i += 1;
    }
    match usize::checked_div(all, others) {
        Some(extent) => extent,
        None => 0,
    }
}
