//! Parameters that a layout makes from other tensors of the file, or from a part of one.

use std::collections::BTreeMap;

use weighbridge_checkpoint::read::{Assignment, Composed, Piece};
use weighbridge_checkpoint::{DType, Shape};

use super::dims::Place;
use super::name_tree::NamePlace;
use super::outcome::Cut;
use super::parameter::Match;
use super::pieces::strided;
use super::resolver::{Numbered, Resolver, Scope};
use crate::path::index;
use crate::report::{Finding, FindingSide};
use crate::rules::cut::TakenPart;
use crate::rules::{BlocksApart, Expected, KnownExtents, says};
use crate::schema::{Layout, SourceTensor, Wanted};

/// The places of the tensors that one source name stands for, by index.
pub(super) type Places = BTreeMap<usize, NamePlace>;

/// A source tensor that the file has and that fits.
struct Found {
    source: SourceTensor,
    /// Its index among the tensors of this name.
    index: usize,
    entry: usize,
    /// What its untyped elements are.
    read_as: Option<DType>,
}

impl Resolver<'_> {
    /// Finds and checks every source tensor, and plans which element goes where.
    pub(super) fn composed(&mut self, layout: &'static Layout, wanted: &Wanted, own: Option<NamePlace>) -> Match {
        let Some(sources) = self.sources(layout, wanted, own) else {
            self.use_sources(layout, own);
            return Match::Wrong;
        };
        let sources: Vec<_> = sources.into_iter().map(|source| (source, self.places(&source, own))).collect();
        let mut extents = KnownExtents::of(wanted);
        for (source, places) in &sources {
            extents.add_known(wanted, source, self.out.dims.known());
            extents.add_source(source, places.values().filter(|place| self.is_live(**place)).count());
        }
        let (mut found, mut missing) = (Vec::new(), Vec::new());
        let (mut dtype, mut is_good) = (None, true);
        let names_its_sources = layout.names_its_sources();
        for (source, places) in &sources {
            let count = extents.count(source);
            for index in 0..count {
                let expected = extents.expected(wanted, source);
                let place = places.get(&index).copied();
                let Some(entry) = place.and_then(|place| self.entry(place)) else {
                    let name = self.source_name((source, index));
                    missing.push(self.missing(name, expected, names_its_sources, place));
                    continue;
                };
                self.out.used.push(entry);
                let taken = self.dtype(&expected, entry, Some((source, index)));
                is_good &= self.one_dtype(&mut dtype, taken, entry, (source, index));
                if !self.shape(&expected, entry, Some((source, index))) {
                    is_good = false;
                    continue;
                }
                let file = self.checkpoint.entry(entry);
                let read_as = taken.and_then(|taken| expected.read_as(file.dtype(), taken));
                let shape = file.shape();
                is_good &= self.whole_blocks((wanted, &extents, &expected), (source, index), entry, taken);
                extents.add_tensor(source, shape);
                if let Some(part) = TakenPart::of(source, shape) {
                    self.out.cuts.push(Cut { entry, path: self.path(), part, is_kept: false });
                }
                found.push(Found { source: *source, index, entry, read_as });
            }
            extents.add_count(source, count);
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

    /// Whether the file has any of the source tensors.
    pub(super) fn any_source(&self, layout: &'static Layout, scope: Option<NamePlace>, own: Option<NamePlace>) -> bool {
        let mut number = 0;
        while let Ok(name) = layout.nth_name(number) {
            number += 1;
            let places = match name {
                None => own.into_iter().map(|place| (0, place)).collect(),
                Some(name) => self.named_places(name, scope),
            };
            if places.values().any(|&place| self.entry(place).is_some()) {
                return true;
            }
        }
        false
    }

    /// Marks the source tensors that the file has as used.
    fn use_sources(&mut self, layout: &'static Layout, own: Option<NamePlace>) {
        let names: Vec<_> = (0..).map_while(|number| layout.nth_name(number).ok()).collect();
        for name in names {
            let places = self.places_of(name, own);
            self.out.used.extend(places.values().filter_map(|&place| self.entry(place)).collect::<Vec<_>>());
        }
    }

    /// The places of the tensors of a source, by index.
    pub(super) fn places(&self, source: &SourceTensor, own: Option<NamePlace>) -> Places {
        self.places_of(source.name, own)
    }

    fn places_of(&self, name: Option<&str>, own: Option<NamePlace>) -> Places {
        match name {
            Some(name) => self.named_places(name, self.scope.as_ref().and_then(|scope| scope.place)),
            None => own.into_iter().map(|place| (0, place)).collect(),
        }
    }

    fn named_places(&self, name: &str, scope: Option<NamePlace>) -> Places {
        let Some(scope) = scope else { return Places::new() };
        let Some((before, after)) = name.split_once(Layout::INDEX) else {
            return self.names.below(scope, name).into_iter().map(|place| (0, place)).collect();
        };
        let (before, after) = (before.trim_end_matches('.'), after.trim_start_matches('.'));
        let Some(list) = self.names.below(scope, before) else { return Places::new() };
        let items = self.names.children(list).filter_map(|(component, place)| Some((index(component)?, place)));
        items.filter_map(|(index, place)| Some((index, self.names.below(place, after)?))).collect()
    }

    /// The name of a source tensor in the file.
    pub(super) fn source_name(&self, (source, index): Numbered<'_>) -> String {
        match (source.name, &self.scope) {
            (Some(name), Some(Scope { prefix: (length, dotted), .. })) => {
                let dot = if *dotted { "." } else { "" };
                format!("{}{dot}{}", &self.trail.as_str()[..*length], Layout::numbered(name, index))
            }
            _ => self.path(),
        }
    }

    /// Checks that all source tensors of a parameter have one dtype after casts.
    fn one_dtype(&mut self, first: &mut Option<DType>, taken: Option<DType>, entry: usize, nth: Numbered<'_>) -> bool {
        let Some(taken) = taken else { return false };
        let dtype = *first.get_or_insert(taken);
        if dtype == taken {
            return true;
        }
        let finding = Finding {
            path: self.source_name(nth),
            expected: Some(FindingSide::of_dtype(dtype)),
            found: Some(FindingSide::of_dtype(taken)),
            hints: vec![says::ONE_DTYPE.to_owned(), format!("the parameter `{}` is made from it", self.path())],
            ..self.located(entry)
        };
        self.out.report.dtype.push(finding);
        false
    }

    /// Checks that a source tensor keeps its blocks, if they are not dequantised.
    fn whole_blocks(
        &mut self,
        (wanted, extents, expected): (&Wanted, &KnownExtents, &Expected),
        (source, index): Numbered<'_>,
        entry: usize,
        taken: Option<DType>,
    ) -> bool {
        let file = self.checkpoint.entry(entry);
        let taken = taken.filter(|taken| *taken == file.dtype());
        let Some(apart) =
            taken.and_then(|dtype| BlocksApart::of(expected, (source, file.shape(), dtype), extents.rows(wanted)))
        else {
            return true;
        };
        let finding = Finding {
            path: self.source_name((source, index)),
            found: Some(FindingSide::of_dtype(apart.dtype)),
            hints: vec![apart.hint().as_str().to_owned()],
            ..self.located(entry)
        };
        self.out.report.dtype.push(finding);
        false
    }

    /// Plans which element goes where.
    fn pieces(&mut self, wanted: &Wanted, dtype: DType, extents: KnownExtents, found: &[Found]) -> Match {
        let rank = wanted.rank().unwrap_or(0);
        let shape: Vec<usize> = (0..rank).map(|i| extents.get(i).unwrap_or(0)).collect();
        let (mut agree, place) = (true, Place { entry: None, parameter: Some(self.out.number()) });
        for (i, &extent) in shape.iter().enumerate() {
            agree &= self.agrees(wanted.dim(i), &wanted.spec.environment, extent, place);
        }
        let mut pieces = Vec::with_capacity(found.len());
        for Found { source, index, entry, read_as } in found {
            let file = self.checkpoint.entry(*entry).shape();
            let Some(strided) = strided(source, *index, file, &shape) else { return Match::Wrong };
            if !strided.is_empty() {
                pieces.push(Piece { entry: *entry, read_as: *read_as, strided });
            }
        }
        let shape = Shape::from(shape);
        let held: usize = pieces.iter().map(|piece| piece.strided.element_count()).fold(0, usize::saturating_add);
        // the compiler has checked the layout, so that pieces that do not make up the parameter are a bug: `plan` refuses it
        if agree && shape.element_count() == Some(held) {
            // no vector has blocks as its elements
            let vector = wanted.leaf.vector && !dtype.is_quantised();
            Match::Fits(Assignment::Composed(Box::new(Composed { dtype, shape, vector, pieces })))
        } else {
            Match::Wrong
        }
    }
}
