//! A parameter that is made from tensors that lie otherwise in the file, or from a part of one.

use weighbridge_checkpoint::DType;

use super::comparison::{Comparison, Cut, SourceNames};
use super::lock_tree::{Component, LockTree, LockedTensor, around_index, below, count_with};
use super::parameter::Match;
use super::path::Path;
use super::rows::Row;
use super::set::{Set, has};
use crate::report::FindingKind;
use crate::rules::{Expected, says};
use crate::schema::{Dim, Layout, NthSource, RANK, Side, SourceTensor, Text, Wanted};

/// Where the tensors of one source are.
enum SourcePlace {
    /// The one tensor of this name.
    One(Option<&'static LockTree>),
    /// The items of a list, each with the names around its index.
    Each(Option<&'static LockTree>, SourceNames),
}

/// What the sources of one parameter have in common so far.
struct SourceState {
    extents: [Option<usize>; RANK],
    dtype: Option<DType>,
    is_good: bool,
    /// Whether any tensor is there, and whether any is not.
    any: bool,
    any_absent: bool,
}

impl SourceState {
    /// The extent of a dimension reaches at least this far.
    const fn reach(&mut self, dim: usize, end: usize) {
        match self.extents[dim] {
            Some(known) if known > end => {}
            _ => self.extents[dim] = Some(end),
        }
    }
}

impl Comparison {
    /// Finds every source and checks each.
    pub(super) const fn composed(
        &mut self,
        layout: &'static Layout,
        wanted: &Wanted,
        own: Option<&'static LockTree>,
    ) -> Match {
        let extents = self.known(layout, wanted, own);
        let mut state = SourceState { extents, dtype: None, is_good: true, any: false, any_absent: false };
        let mut number = 0;
        while let NthSource::Found(source) = layout.source(wanted, number) {
            number += 1;
            let count = match source.stacked {
                None => 1,
                Some(Side { dim: Dim::Is(count), .. }) => count,
                // one is asked for where none is there, so that it is missing by its name
                Some(side) => match state.extents[side.of] {
                    Some(0) | None => 1,
                    Some(count) => count,
                },
            };
            self.tensors(layout, wanted, &source, own, count, &mut state);
            if let (Some(side), None) = (source.stacked, source.target) {
                state.reach(side.of, side.offset + count);
            }
        }
        if state.any_absent {
            return if !state.any && state.is_good { Match::Absent } else { Match::Wrong };
        }
        let (mut agree, mut i) = (state.is_good && state.dtype.is_some(), 0);
        while let Some(rank) = wanted.rank()
            && state.is_good
            && i < rank
        {
            if let (Dim::Named(name), Some(extent)) = (wanted.dim(i), state.extents[i]) {
                agree = self.bind(name, extent) && agree;
            }
            i += 1;
        }
        if agree { Match::Fits } else { Match::Wrong }
    }

    /// The tensors of one source, `count` of them.
    const fn tensors(
        &mut self,
        layout: &'static Layout,
        wanted: &Wanted,
        source: &SourceTensor,
        own: Option<&'static LockTree>,
        count: usize,
        state: &mut SourceState,
    ) {
        let (list, names) = match self.source_place(source, own) {
            SourcePlace::One(place) => {
                let tensor = match place {
                    Some(place) => place.tensor,
                    None => None,
                };
                return self.source(layout, wanted, source, tensor, self.source_path(source.name, None), state);
            }
            SourcePlace::Each(list, names) => (list, names),
        };
        let mut at = 0;
        while at < count {
            // the longest run from here on of which the same can be said
            let (tensor, end) = match list {
                Some(list) => alike(list, names.behind, at, count),
                None => (None, count),
            };
            let path = self.source_path(source.name, Some((Set::run(at, end - 1), names)));
            self.source(layout, wanted, source, tensor, path, state);
            at = end;
        }
    }

    /// One tensor, or several that are alike, of which the parameter is made.
    const fn source(
        &mut self,
        layout: &'static Layout,
        wanted: &Wanted,
        source: &SourceTensor,
        tensor: Option<LockedTensor>,
        path: Path,
        state: &mut SourceState,
    ) {
        let expected = expected(wanted, source, state);
        let Some(tensor) = tensor else {
            state.any_absent = true;
            return self.missing(path, expected, layout.names_its_sources());
        };
        state.any = true;
        self.taken = self.taken.saturating_add(path.count());
        let taken = self.dtype(&expected, tensor, path);
        state.is_good = self.one_dtype(state.dtype, taken, path) && state.is_good;
        if state.dtype.is_none() {
            state.dtype = taken;
        }
        if !self.shape(&expected, tensor, path) {
            state.is_good = false;
            return;
        }
        let mut i = 0;
        while source.is_plain() && i < source.frame.rank() {
            let side = source.frame.side(i);
            match side.dim {
                // parts are numbers, and the last of them ends where the whole does
                Dim::Is(n) if side.is_part => state.reach(side.of, side.offset + n),
                Dim::Is(_) => {}
                _ => state.extents[side.of] = Some(tensor.shape[i]),
            }
            i += 1;
        }
        if let Some(dim) = source.frame.sliced() {
            let (extent, rank) = match source.reshaped {
                None => (tensor.shape[dim], tensor.shape.len()),
                Some(dims) => (extent_seen(source, dims, dim), source.frame.rank()),
            };
            let taken = source.frame.side(dim).taken();
            self.cuts.push(Cut { path, taker: self.path, tensor, dim, extent, rank, taken });
        }
    }

    /// All sources of a parameter must come out as one dtype.
    const fn one_dtype(&mut self, first: Option<DType>, taken: Option<DType>, path: Path) -> bool {
        let Some(taken) = taken else { return false };
        let dtype = match first {
            Some(first) => first,
            None => taken,
        };
        let differs = dtype as u8 != taken as u8;
        if !differs && dtype.bits() >= 8 {
            return true;
        }
        let expected = if differs { Text::new().push(dtype.name()) } else { Text::new() };
        let hint = if differs { "" } else { says::SHARE_BYTES };
        self.rows.push(Row::of_text(FindingKind::DType, path, expected, Text::new().push(taken.name()), hint));
        false
    }

    const fn source_place(&self, source: &SourceTensor, own: Option<&'static LockTree>) -> SourcePlace {
        let (Some(name), Some(scope)) = (source.name, &self.scope) else { return SourcePlace::One(own) };
        match around_index(name) {
            None => SourcePlace::One(below(scope.place, name)),
            Some((before, behind)) => SourcePlace::Each(below(scope.place, before), SourceNames { before, behind }),
        }
    }

    /// The extents that are known before a tensor is looked at.
    const fn known(
        &self,
        layout: &'static Layout,
        wanted: &Wanted,
        own: Option<&'static LockTree>,
    ) -> [Option<usize>; RANK] {
        let (mut extents, mut i) = ([None; RANK], 0);
        while let Some(rank) = wanted.rank()
            && i < rank
        {
            if let Dim::Is(n) = wanted.dim(i) {
                extents[i] = Some(n);
            }
            i += 1;
        }
        let mut number = 0;
        while let NthSource::Found(source) = layout.source(wanted, number) {
            number += 1;
            let mut k = 0;
            while source.is_plain() && k < source.frame.rank() {
                let side = source.frame.side(k);
                if let (Dim::Is(n), false, None) = (side.dim, side.is_part, extents[side.of]) {
                    extents[side.of] = Some(n);
                }
                k += 1;
            }
            if let (Some(side), None) = (source.stacked, source.target)
                && !matches!(side.dim, Dim::Is(_))
            {
                let here = match self.source_place(&source, own) {
                    SourcePlace::Each(Some(list), names) => count_with(list, names.behind),
                    _ => 0,
                };
                match extents[side.of] {
                    Some(count) if count >= here => {}
                    _ => extents[side.of] = Some(here),
                }
            }
        }
        extents
    }
}

const fn expected(wanted: &Wanted, source: &SourceTensor, state: &SourceState) -> Expected {
    let mut expected = Expected::laid_out(*wanted, &source.frame, source.reshaped);
    let mut i = 0;
    while source.is_plain() && i < source.frame.rank() {
        // one tensor decides a dimension for the others
        let side = source.frame.side(i);
        match state.extents[side.of] {
            Some(extent) if !side.is_part && side.slice.is_none() => expected.fix(i, extent),
            _ => {}
        }
        i += 1;
    }
    expected
}

/// The extent of the dimension that is cut, of the shape that the tensor is seen as.
const fn extent_seen(source: &SourceTensor, dims: &[usize], cut: usize) -> usize {
    let (mut all, mut others, mut i) = (1, 1, 0);
    while i < dims.len() {
        all *= dims[i];
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

/// What item `at` of a list has under a name, and where the run ends of those that have the same.
const fn alike(list: &'static LockTree, rest: &str, at: usize, count: usize) -> (Option<LockedTensor>, usize) {
    let (mut tensor, mut end, mut i) = (None, count, 0);
    while i < list.below.len() {
        if let Component::Indices(runs) = list.below[i].component {
            if has(runs, at)
                && let Some(names) = list.below[i].names.at(rest)
            {
                tensor = names.tensor;
            }
            let mut k = 0;
            while k < runs.len() {
                let (from, last) = runs[k];
                if from > at && from < end {
                    end = from;
                }
                if from <= at && at <= last && last < end - 1 {
                    end = last + 1;
                }
                k += 1;
            }
        }
        i += 1;
    }
    (tensor, end)
}
