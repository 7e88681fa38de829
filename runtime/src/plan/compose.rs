//! A parameter that is made from tensors that lie otherwise in the file, or from a part of one.

use std::collections::BTreeMap;

use super::fit::Match;
use super::names::Place;
use super::pieces::{seen_as, strided};
use super::resolve::Resolver;
use super::wish::Wish;
use super::{Composed, Piece, Take};
use crate::dtype::DType;
use crate::path::index;
use crate::report::Finding;
use crate::schema::{Dim, Layout, Nth, RANK, Source, Wanted};
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
        let mut found: Vec<Found> = Vec::new();
        let mut missing = Vec::new();
        let mut extents: [Option<usize>; RANK] = std::array::from_fn(|i| match wanted.rank() {
            Some(rank) if i < rank => match wanted.dim(i) {
                Dim::Is(n) => Some(n),
                _ => None,
            },
            _ => None,
        });
        let (mut dtype, mut is_good) = (None, true);
        let names_its_sources = layout.names_its_sources();
        let mut number = 0;
        // that the layout fits the shape was proved while compiling
        while let Nth::Found(source) = layout.source(wanted, number) {
            number += 1;
            let places = self.places(&source, own);
            let count = match source.stacked.map(|side| side.dim) {
                None => 1,
                Some(Dim::Is(count)) => count,
                Some(_) => places.len(),
            };
            for index in 0..count {
                let mut wish = Wish::laid_out(*wanted, &source.frame, source.reshaped);
                if source.target.is_none() && source.reshaped.is_none() {
                    // one tensor decides a dimension for the others
                    for (i, side) in source.frame.sides().iter().enumerate() {
                        match extents[side.of] {
                            Some(extent) if !side.is_part && side.slice.is_none() => wish.fix(i, extent),
                            _ => {}
                        }
                    }
                }
                let name = self.source_name(&source, index);
                let entry = places.get(&index).and_then(|&place| self.names.entry(place));
                let Some(entry) = entry else {
                    missing.push(self.missing(name, wish, names_its_sources));
                    continue;
                };
                self.out.used.push(entry);
                let taken = self.dtype(&wish, entry, Some(&name));
                is_good &= self.one_dtype(&mut dtype, taken, entry, &name);
                if !self.shape(wish, entry, Some(&name)) {
                    is_good = false;
                    continue;
                }
                let shape = self.checkpoint.entry(entry).shape();
                for (i, side) in source.frame.sides().iter().enumerate() {
                    match side.dim {
                        // what is reshaped has numbers only
                        _ if source.target.is_some() || source.reshaped.is_some() => {}
                        // parts are numbers, and the last of them ends where the whole does
                        Dim::Is(n) if side.is_part => {
                            let end = extents[side.of].get_or_insert(0);
                            *end = (*end).max(side.offset + n);
                        }
                        Dim::Is(n) => extents[side.of] = Some(n),
                        _ => extents[side.of] = Some(shape[i]),
                    }
                }
                found.push(Found { source, index, entry });
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
    fn places(&self, source: &Source, own: Option<Place>) -> BTreeMap<usize, Place> {
        match (source.name, &self.beside) {
            (Some(name), Some(beside)) => self.named_places(name, beside.place),
            _ => own.into_iter().map(|place| (0, place)).collect(),
        }
    }

    fn named_places(&self, name: &str, beside: Option<Place>) -> BTreeMap<usize, Place> {
        let Some(beside) = beside else { return BTreeMap::new() };
        let Some((before, after)) = name.split_once(Layout::INDEX) else {
            return self.names.below(beside, name).into_iter().map(|place| (0, place)).collect();
        };
        let (before, after) = (before.trim_end_matches('.'), after.trim_start_matches('.'));
        let Some(list) = self.names.below(beside, before) else { return BTreeMap::new() };
        let items = self.names.children(list).filter_map(|(component, place)| Some((index(component)?, place)));
        items.filter_map(|(index, place)| Some((index, self.names.below(place, after)?))).collect()
    }

    /// The name that a source has in the file.
    fn source_name(&self, source: &Source, index: usize) -> String {
        match (source.name, &self.beside) {
            (Some(name), Some(beside)) => format!("{}{}", beside.prefix, Layout::numbered(name, index)),
            _ => self.path(),
        }
    }

    /// All sources of a parameter must come out as one dtype.
    fn one_dtype(&mut self, first: &mut Option<DType>, taken: Option<DType>, entry: usize, name: &str) -> bool {
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
            path: name.to_owned(),
            expected: (dtype != taken).then(|| dtype.to_string()),
            found: Some(taken.to_string()),
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
            let seen = seen_as(source, file);
            if let Some(dim) = source.frame.sliced() {
                let (rank, taken) = (seen.len(), source.frame.side(dim).taken());
                let path = self.path();
                self.out.cuts.push(Cut { entry: *entry, path, dim, extent: seen[dim], rank, taken });
            }
            if !strided.is_empty() {
                pieces.push(Piece { entry: *entry, strided });
            }
        }
        if agree {
            Match::Fits(Take::Composed(Box::new(Composed { dtype, shape: Shape::from(shape), pieces })))
        } else {
            Match::Wrong
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
            let Cut { dim, extent, rank, .. } = cuts[0];
            let (mut end, mut gaps) = (0, Vec::new());
            for cut in &cuts {
                let clash = if (cut.dim, cut.extent, cut.rank) != (dim, extent, rank) {
                    Some("are cut from it along different dimensions; cut it along one")
                } else if cut.taken.0 < end {
                    Some("take the same part of it; a part is one parameter's")
                } else {
                    None
                };
                if let Some(why) = clash {
                    let finding = Finding {
                        path: self.policy.rename(self.checkpoint.entry(entry).name()).into_owned(),
                        found: Some(format!("`{}` and `{}` {why}", cuts[0].path, cut.path)),
                        ..self.located(entry)
                    };
                    self.out.report.duplicate.push(finding);
                    return;
                }
                if cut.taken.0 > end {
                    gaps.push((end, cut.taken.0));
                }
                end = end.max(cut.taken.1);
            }
            if end < extent {
                gaps.push((end, extent));
            }
            for (from, to) in gaps {
                let part: Vec<String> =
                    (0..rank).map(|i| if i == dim { format!("{from}..{to}") } else { "..".to_owned() }).collect();
                let part = format!("[{}]", part.join(", "));
                if self.is_ignored(entry, &part) {
                    continue;
                }
                let found = self.checkpoint.entry(entry);
                let finding = Finding {
                    path: found.name().to_owned(),
                    found: Some(format!("{} {}, of which no parameter takes {part}", found.dtype(), found.shape())),
                    ..self.located(entry)
                };
                self.out.report.unexpected.push(finding);
            }
        }
    }
}
