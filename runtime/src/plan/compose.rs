//! A parameter that is made from tensors that lie otherwise in the file, or from a part of one.

use std::collections::BTreeMap;

use super::fit::Match;
use super::names::Place;
use super::pieces::{seen_as, strided};
use super::resolve::{Beside, Resolver};
use super::wish::Wish;
use super::{Composed, Piece, Take};
use crate::dtype::DType;
use crate::path::index;
use crate::report::{Finding, FindingSide};
use crate::schema::{self, Dim, Layout, RANK, Source, Wanted};
use crate::shape::Shape;

/// A part of an entry that a parameter takes.
pub(super) struct Cut {
    entry: usize,
    /// The parameter.
    path: String,
    /// The dimension that is cut, and how many it has; of the shape that the entry is seen as.
    dim: usize,
    extent: usize,
    rank: usize,
    /// From and to.
    taken: (usize, usize),
}

/// One tensor of a source, by its index.
pub(super) type Numbered<'s> = (&'s Source, usize);

/// The places of the tensors of one name, by their index.
type Places = BTreeMap<usize, Place>;

/// A source that is there and fits.
struct Found {
    source: Source,
    /// Which of those with this name.
    index: usize,
    entry: usize,
}

impl Resolver<'_> {
    /// Finds every source, checks each, and says which element goes where.
    pub(super) fn composed(&mut self, layout: &'static Layout, wanted: &Wanted, own: Option<Place>) -> Match {
        // that the layout fits the shape was proved while compiling
        let mut sources = Vec::new();
        while let schema::Nth::Found(source) = layout.source(wanted, sources.len()) {
            sources.push((source, self.places(&source, own)));
        }
        let mut extents = known(wanted, &sources);
        let (mut found, mut missing) = (Vec::new(), Vec::new());
        let (mut dtype, mut is_good) = (None, true);
        let names_its_sources = layout.names_its_sources();
        for (source, places) in &sources {
            // one is asked for where none is there, so that it is missing by its name
            let count = source.stacked.map_or(1, |side| match side.dim {
                Dim::Is(count) => count,
                _ => extents[side.of].unwrap_or(0).max(1),
            });
            for index in 0..count {
                let mut wish = Wish::laid_out(*wanted, &source.frame, source.reshaped);
                if source.is_plain() {
                    // one tensor decides a dimension for the others
                    for (i, side) in source.frame.sides().iter().enumerate() {
                        match extents[side.of] {
                            Some(extent) if !side.is_part && side.slice.is_none() => wish.fix(i, extent),
                            _ => {}
                        }
                    }
                }
                let entry = places.get(&index).and_then(|&place| self.names.entry(place));
                let Some(entry) = entry else {
                    let name = self.source_name((source, index));
                    missing.push(self.missing(name, wish, names_its_sources));
                    continue;
                };
                self.out.used.push(entry);
                let taken = self.dtype(&wish, entry, Some((source, index)));
                is_good &= self.one_dtype(&mut dtype, taken, entry, (source, index));
                if !self.shape(&wish, entry, Some((source, index))) {
                    is_good = false;
                    continue;
                }
                let shape = self.checkpoint.entry(entry).shape();
                for (i, side) in source.frame.sides().iter().enumerate() {
                    match side.dim {
                        // what is reshaped has numbers only
                        _ if !source.is_plain() => {}
                        // parts are numbers, and the last of them ends where the whole does
                        Dim::Is(n) if side.is_part => {
                            let end = extents[side.of].get_or_insert(0);
                            *end = (*end).max(side.offset + n);
                        }
                        Dim::Is(_) => {}
                        _ => extents[side.of] = Some(shape[i]),
                    }
                }
                self.note_cut(source, entry);
                found.push(Found { source: *source, index, entry });
            }
            if let (Some(side), None) = (source.stacked, source.target) {
                let end = extents[side.of].get_or_insert(0);
                *end = (*end).max(side.offset + count);
            }
        }
        if !missing.is_empty() {
            if found.is_empty() && is_good {
                return Match::Absent(missing);
            }
            self.out.missing.extend(missing);
            return Match::Wrong;
        }
        match dtype {
            Some(dtype) if is_good => self.pieces(wanted, dtype, extents, &found),
            _ => Match::Wrong,
        }
    }

    /// Whether any source is there.
    pub(super) fn any_source(&self, layout: &'static Layout, beside: Option<Place>, own: Option<Place>) -> bool {
        let mut number = 0;
        while let Ok(name) = layout.nth_name(number) {
            number += 1;
            let places = match name {
                None => own.into_iter().map(|place| (0, place)).collect(),
                Some(name) => self.named_places(name, beside),
            };
            if places.values().any(|&place| self.names.entry(place).is_some()) {
                return true;
            }
        }
        false
    }

    /// The places of a source's tensors, by their index.
    fn places(&self, source: &Source, own: Option<Place>) -> Places {
        match source.name {
            Some(name) => self.named_places(name, self.beside.as_ref().and_then(|beside| beside.place)),
            None => own.into_iter().map(|place| (0, place)).collect(),
        }
    }

    fn named_places(&self, name: &str, beside: Option<Place>) -> Places {
        let Some(beside) = beside else { return Places::new() };
        let Some((before, after)) = name.split_once(Layout::INDEX) else {
            return self.names.below(beside, name).into_iter().map(|place| (0, place)).collect();
        };
        let (before, after) = (before.trim_end_matches('.'), after.trim_start_matches('.'));
        let Some(list) = self.names.below(beside, before) else { return Places::new() };
        let items = self.names.children(list).filter_map(|(component, place)| Some((index(component)?, place)));
        items.filter_map(|(index, place)| Some((index, self.names.below(place, after)?))).collect()
    }

    /// The name that a source has in the file.
    pub(super) fn source_name(&self, (source, index): Numbered<'_>) -> String {
        match (source.name, &self.beside) {
            (Some(name), Some(Beside { prefix: (length, dotted), .. })) => {
                let dot = if *dotted { "." } else { "" };
                format!("{}{dot}{}", &self.trail.as_str()[..*length], Layout::numbered(name, index))
            }
            _ => self.path(),
        }
    }

    /// All sources of a parameter must come out as one dtype.
    fn one_dtype(&mut self, first: &mut Option<DType>, taken: Option<DType>, entry: usize, nth: Numbered<'_>) -> bool {
        let Some(taken) = taken else { return false };
        let dtype = *first.get_or_insert(taken);
        let hint = if dtype != taken {
            format!("they become one tensor, `{}`, and the first of them is {dtype}", self.path())
        } else if dtype.bits() < 8 {
            format!(
                "elements of {dtype} are packed, and are not moved one by one; declare the shape as the file has it"
            )
        } else {
            return true;
        };
        let finding = Finding {
            path: self.source_name(nth),
            expected: (dtype != taken).then(|| FindingSide::of_dtype(dtype)),
            found: Some(FindingSide::of_dtype(taken)),
            hints: vec![hint],
            ..self.located(entry)
        };
        self.out.report.dtype.push(finding);
        false
    }

    /// Which element goes where.
    fn pieces(&mut self, wanted: &Wanted, dtype: DType, extents: [Option<usize>; RANK], found: &[Found]) -> Match {
        let rank = wanted.rank().unwrap_or(0);
        let shape: Vec<usize> = extents[..rank].iter().map(|extent| extent.unwrap_or(0)).collect();
        let mut agree = true;
        for (i, &extent) in shape.iter().enumerate() {
            if let Dim::Named(name) = wanted.dim(i) {
                agree &= self.bind(name, extent, None);
            }
        }
        let mut pieces = Vec::with_capacity(found.len());
        for Found { source, index, entry } in found {
            let file = self.checkpoint.entry(*entry).shape();
            let strided = strided(source, *index, file, &shape);
            if !strided.is_empty() {
                pieces.push(Piece { entry: *entry, strided });
            }
        }
        let shape = Shape::from(shape);
        let held: usize = pieces.iter().map(|piece| piece.strided.elements()).fold(0, usize::saturating_add);
        // the layout was proved while compiling: what is not all of the parameter is refused by the plan's last look
        if agree && shape.element_count() == Some(held) {
            Match::Fits(Take::Composed(Box::new(Composed { dtype, shape, vector: wanted.leaf.vector, pieces })))
        } else {
            Match::Wrong
        }
    }

    /// Notes which part of an entry is taken.
    fn note_cut(&mut self, source: &Source, entry: usize) {
        if let Some(dim) = source.frame.sliced() {
            let seen = seen_as(source, self.checkpoint.entry(entry).shape());
            let taken = source.frame.side(dim).taken();
            self.out.cuts.push(Cut { entry, path: self.path(), dim, extent: seen[dim], rank: seen.len(), taken });
        }
    }

    /// Entries that are cut: no part is taken twice, and none is left over.
    pub(super) fn check_cuts(&mut self) {
        let mut entries: BTreeMap<usize, Vec<Cut>> = BTreeMap::new();
        for cut in std::mem::take(&mut self.out.cuts) {
            entries.entry(cut.entry).or_default().push(cut);
        }
        for (entry, mut cuts) in entries {
            cuts.sort_by_key(|cut| cut.taken);
            match gaps(&cuts) {
                Ok(gaps) => gaps.into_iter().for_each(|gap| self.left_over(entry, &cuts[0], gap)),
                Err((other, why)) => {
                    let finding = Finding {
                        path: self.policy.rename(self.checkpoint.entry(entry).name()).into_owned(),
                        found: Some(FindingSide::words(format!(
                            "`{}` and `{}` {why}",
                            cuts[other - 1].path,
                            cuts[other].path
                        ))),
                        hints: vec![
                            "cut it along one dimension, and let each part begin where the one before it ends"
                                .to_owned(),
                        ],
                        ..self.located(entry)
                    };
                    self.out.report.duplicate.push(finding);
                }
            }
        }
    }

    /// A part of an entry that no parameter takes.
    fn left_over(&mut self, entry: usize, cut: &Cut, (from, to): (usize, usize)) {
        let part = |i| if i == cut.dim { format!("{from}..{to}") } else { "..".to_owned() };
        let part = format!("[{}]", (0..cut.rank).map(part).collect::<Vec<_>>().join(", "));
        if self.is_ignored(entry, &part) {
            return;
        }
        let found = self.checkpoint.entry(entry);
        let finding = Finding {
            path: found.name().to_owned(),
            found: Some(
                FindingSide::of_tensor(found.dtype(), found.shape())
                    .and(&format!(", of which no parameter takes {part}")),
            ),
            ..self.located(entry)
        };
        self.out.report.unexpected.push(finding);
    }
}

/// What parts in ascending order leave over of their entry; or the first one that is at odds with the one before it.
fn gaps(cuts: &[Cut]) -> Result<Vec<(usize, usize)>, (usize, &'static str)> {
    let (mut end, mut gaps) = (0, Vec::new());
    for (number, cut) in cuts.iter().enumerate() {
        let first = &cuts[0];
        if (cut.dim, cut.extent, cut.rank) != (first.dim, first.extent, first.rank) {
            return Err((number, "see it as different shapes, or cut it along different dimensions"));
        }
        if number > 0 && cut.taken.0 < end {
            return Err((number, "take the same part of it"));
        }
        if cut.taken.0 > end {
            gaps.push((end, cut.taken.0));
        }
        end = end.max(cut.taken.1);
    }
    let extent = cuts.first().map_or(0, |cut| cut.extent);
    if end < extent {
        gaps.push((end, extent));
    }
    Ok(gaps)
}

/// How many indices of each entry's cut dimension are taken.
pub(super) fn taken(cuts: &[Cut]) -> BTreeMap<usize, usize> {
    let mut taken = BTreeMap::new();
    for cut in cuts {
        *taken.entry(cut.entry).or_insert(0usize) += cut.taken.1 - cut.taken.0;
    }
    taken
}

/// The extents that are known before a tensor is looked at: numbers, those that a slice takes of a dimension without one,
/// and how many tensors there are of the most numerous name of a stack.
fn known(wanted: &Wanted, sources: &[(Source, Places)]) -> [Option<usize>; RANK] {
    let mut extents = [None; RANK];
    for (i, extent) in extents.iter_mut().enumerate().take(wanted.rank().unwrap_or(0)) {
        if let Dim::Is(n) = wanted.dim(i) {
            *extent = Some(n);
        }
    }
    for (source, places) in sources {
        for side in source.frame.sides().iter().filter(|side| source.is_plain() && !side.is_part) {
            if let Dim::Is(n) = side.dim {
                extents[side.of].get_or_insert(n);
            }
        }
        if let (Some(side), None) = (source.stacked, source.target)
            && !matches!(side.dim, Dim::Is(_))
        {
            let count = extents[side.of].get_or_insert(0);
            *count = (*count).max(places.len());
        }
    }
    extents
}
