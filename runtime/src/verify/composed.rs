//! Parameters that are made from other tensors, from a part of one, or from one in another layout.

use weighbridge_checkpoint::DType;

use super::comparison::{Comparison, Cut, SourceNames};
use super::computed::Evaluated;
use super::hidden::count_with;
use super::lock_tree::{Component, LockTree, LockedTensor, around_index, below};
use super::parameter::Match;
use super::path::Path;
use super::rows::Row;
use super::set::{Set, has};
use crate::report::FindingKind;
use crate::rules::cut::TakenPart;
use crate::rules::{BlocksApart, KnownExtents, says};
use crate::schema::{Layout, NthSource, SourceTensor, Stem, Text, Wanted};

/// Where the tensors of one source are.
enum SourcePlace {
    /// The one tensor of this name.
    One(Option<&'static LockTree>),
    /// The items of a list, each with the names around its index.
    Each(Option<&'static LockTree>, SourceNames),
}

/// What the sources of one parameter have in common so far.
struct SourceState {
    extents: KnownExtents,
    dtype: Option<DType>,
    is_good: bool,
    /// Whether any tensor is there, and whether any is not.
    any: bool,
    any_absent: bool,
}

impl Comparison {
    /// Compares every source of a parameter.
    pub(super) const fn composed(
        &mut self,
        layout: &'static Layout,
        wanted: &Wanted,
        own: Option<&'static LockTree>,
    ) -> Match {
        let Evaluated::Known = self.evaluate(layout, wanted, own) else { return Match::Wrong };
        let extents = self.known(layout, wanted, own);
        let mut state = SourceState { extents, dtype: None, is_good: true, any: false, any_absent: false };
        let mut number = 0;
        while let NthSource::Found(source) = layout.source(wanted, self.dims.known(), number) {
            number += 1;
            let count = state.extents.count(&source);
            self.tensors(layout, wanted, &source, own, count, &mut state);
            state.extents.add_count(&source, count);
        }
        if state.any_absent {
            return if !state.any && state.is_good { Match::Absent } else { Match::Wrong };
        }
        let (mut agree, mut i) = (state.is_good && state.dtype.is_some(), 0);
        while let Some(rank) = wanted.rank()
            && state.is_good
            && i < rank
        {
            if let Some(extent) = state.extents.get(i) {
                agree = self.agrees(wanted.dim(i), &wanted.spec.environment, extent, self.number - 1) && agree;
            }
            i += 1;
        }
        if agree { Match::Fits } else { Match::Wrong }
    }

    /// Compares the `count` tensors of one source.
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
                let path = self.source_path(source.name, None);
                return self.source(layout, wanted, source, self.tensor(place, &path), path, state);
            }
            SourcePlace::Each(list, names) => (list, names),
        };
        let (own, mut at) = (self.list_path(names), 0);
        while at < count {
            // the longest run from here on whose tensors are alike
            let (place, end) = match list {
                Some(list) => alike(list, names.behind, at, count),
                None => (None, count),
            };
            let left = self.ignores.end_alike(&own, Stem::BARE, &Set::run(at, end - 1));
            let end = if left < end { left } else { end };
            let path = self.source_path(source.name, Some((Set::run(at, end - 1), names)));
            self.source(layout, wanted, source, self.tensor(place, &path), path, state);
            at = end;
        }
    }

    /// Compares one tensor that the parameter is made from, or several that are alike.
    const fn source(
        &mut self,
        layout: &'static Layout,
        wanted: &Wanted,
        source: &SourceTensor,
        tensor: Option<LockedTensor>,
        path: Path,
        state: &mut SourceState,
    ) {
        let expected = state.extents.expected(wanted, source);
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
        if let Some(taken) = taken
            && taken as u8 == tensor.dtype as u8
            && let Some(apart) = BlocksApart::of(&expected, (source, tensor.shape, taken), state.extents.rows(wanted))
        {
            self.rows.push(Row::of_blocks(path, apart));
            state.is_good = false;
        }
        state.extents.add_tensor(source, tensor.shape);
        if let Some(part) = TakenPart::of(source, tensor.shape) {
            self.cuts.push(Cut { path, taker: self.path, tensor, part });
        }
    }

    /// Whether a source has the dtype of the sources before it.
    const fn one_dtype(&mut self, first: Option<DType>, taken: Option<DType>, path: Path) -> bool {
        let Some(taken) = taken else { return false };
        let dtype = match first {
            Some(first) => first,
            None => taken,
        };
        if dtype as u8 == taken as u8 {
            return true;
        }
        let (expected, found) = (Text::new().push(dtype.name()), Text::new().push(taken.name()));
        self.rows.push(Row::of_text(FindingKind::DType, path, expected, found, says::ONE_DTYPE));
        false
    }

    const fn source_place(&self, source: &SourceTensor, own: Option<&'static LockTree>) -> SourcePlace {
        let (Some(name), Some(scope)) = (source.name, &self.scope) else { return SourcePlace::One(own) };
        match around_index(name) {
            None => SourcePlace::One(below(scope.place, name)),
            Some((before, behind)) => SourcePlace::Each(below(scope.place, before), SourceNames { before, behind }),
        }
    }

    /// The path, in the lock, of the list whose items a stack is made of.
    const fn list_path(&self, names: SourceNames) -> Path {
        let mut path = self.path;
        if let Some(scope) = &self.scope {
            path.cut(scope.depth);
        }
        let path = self.in_lock(&path);
        if names.before.is_empty() { path } else { path.joined(names.before) }
    }

    /// The extents that are known before any tensor is compared.
    const fn known(&self, layout: &'static Layout, wanted: &Wanted, own: Option<&'static LockTree>) -> KnownExtents {
        let (mut extents, mut number) = (KnownExtents::of(wanted), 0);
        while let NthSource::Found(source) = layout.source(wanted, self.dims.known(), number) {
            number += 1;
            extents.add_known(wanted, &source, self.dims.known());
            let count = match self.source_place(&source, own) {
                SourcePlace::Each(Some(list), names) => {
                    count_with(list, names.behind, self.around(&self.list_path(names)))
                }
                _ => 0,
            };
            extents.add_source(&source, count);
        }
        extents
    }
}

/// The place that item `at` of a list has under a name, and the end of the run of items that have the same.
const fn alike(list: &'static LockTree, rest: &str, at: usize, count: usize) -> (Option<&'static LockTree>, usize) {
    let (mut place, mut end, mut i) = (None, count, 0);
    while i < list.below.len() {
        if let Component::Numbered(stem, runs) = &list.below[i].component
            && stem.is_bare()
        {
            if has(runs, at)
                && let Some(names) = list.below[i].names.at(rest)
            {
                place = Some(names);
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
    (place, end)
}
