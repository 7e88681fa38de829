//! One parameter beside its entry: dtype, shape, named dimensions.

use super::compose::Numbered;
use super::dims::{Bound, dtype_side};
use super::hints;
use super::names::Place;
use super::outcome::{Misshapen, Missing};
use super::resolve::Resolver;
use super::wish::Wish;
use super::{Cast, Rule, Take};
use crate::dtype::DType;
use crate::report::{CastNote, Finding, FindingSide};
use crate::schema::{Dim, Leaf, Spec, Wanted, cast};

/// How a parameter comes out.
pub(super) enum Match {
    Fits(Take),
    /// Not a tensor of it is there; these would be.
    Absent(Vec<Missing>),
    /// What is wrong is noted already.
    Wrong,
}

impl Resolver<'_> {
    pub(super) fn parameter(&mut self, leaf: &'static Leaf, spec: Spec, place: Option<Place>) {
        let wanted = Wanted { spec, leaf };
        let number = self.out.number();
        if self.out.paths.is_some() {
            let path = self.path();
            self.out.paths.get_or_insert_default().push(path);
        }
        self.out.report.parameter_count += 1;
        self.note_target(number);
        let matched = match spec.from {
            None => self.whole(&Wish::of(wanted), leaf.vector, place),
            Some(layout) => self.composed(layout, &wanted, place),
        };
        let is_tied = self.note_tie(number, matches!(matched, Match::Wrong));
        let take = match matched {
            Match::Fits(take) => {
                self.out.report.fitting_count += 1;
                Some(take)
            }
            Match::Absent(mut missing) => {
                missing.iter_mut().for_each(|missing| missing.is_whole = true);
                if is_tied {
                    // settled when every parameter was seen
                } else if self.may_keep && self.policy.missing == Rule::Allow {
                    self.out.report.kept.push(self.path());
                } else {
                    self.out.missing.extend(missing);
                }
                None
            }
            Match::Wrong => None,
        };
        self.out.take(take);
    }

    /// The parameter is one tensor, as it lies in the file.
    fn whole(&mut self, wish: &Wish, vector: bool, place: Option<Place>) -> Match {
        let Some(entry) = place.and_then(|place| self.names.entry(place)) else {
            return Match::Absent(vec![self.missing(self.path(), *wish, false)]);
        };
        self.out.used.push(entry);
        let dtype = self.dtype(wish, entry, None);
        let shape = self.shape(wish, entry, None);
        match dtype {
            Some(dtype) if shape => Match::Fits(Take::Whole { entry, dtype, vector }),
            _ => Match::Wrong,
        }
    }

    pub(super) fn missing(&self, path: String, wish: Wish, is_part: bool) -> Missing {
        let optional = self.optional.map(|len| self.trail.as_str()[..len].to_owned());
        let part_of = is_part.then(|| self.path()).into_iter().collect();
        Missing { path, wish, number: self.out.number(), is_whole: false, part_of, optional }
    }

    /// Where something is found: at the parameter's path, or the name of what it is made from.
    fn told(&self, made_from: Option<Numbered<'_>>) -> String {
        made_from.map_or_else(|| self.path(), |nth| self.source_name(nth))
    }

    /// The dtype that the parameter gets, or a finding.
    pub(super) fn dtype(&mut self, wish: &Wish, entry: usize, made_from: Option<Numbered<'_>>) -> Option<DType> {
        let found = self.checkpoint.entry(entry).dtype();
        let held = wish.held();
        if let Some(taken) = wish.accepts(found) {
            if taken != found && !found.reads_as(taken) {
                self.note_cast(made_from, found, taken);
            }
            return Some(taken);
        }
        let allowed = |to: &&DType| match self.policy.cast {
            Cast::None => false,
            Cast::Lossless => cast::is_lossless(found, **to),
            Cast::Any => cast::is_castable(found, **to),
        };
        // what the field says goes before what its type holds
        let said: Vec<DType> = wish.said().iter().copied().filter(|said| held.contains(said)).collect();
        if let Some(&to) = if said.is_empty() { held } else { &said }.iter().find(allowed) {
            self.note_cast(made_from, found, to);
            return Some(to);
        }
        let finding = Finding {
            path: self.told(made_from),
            expected: Some(dtype_side(wish)),
            found: Some(FindingSide::of_dtype(found)),
            hints: hints::dtype::explain(wish, found).iter().map(hints::owned).collect(),
            ..self.located(entry)
        };
        self.out.report.dtype.push(finding);
        None
    }

    fn note_cast(&mut self, made_from: Option<Numbered<'_>>, from: DType, to: DType) {
        let path = self.told(made_from);
        self.out.report.cast.push(CastNote { path, from, to });
    }

    /// Whether the entry's shape is the one that is wanted; binds the names in it.
    pub(super) fn shape(&mut self, wish: &Wish, entry: usize, made_from: Option<Numbered<'_>>) -> bool {
        let found = self.checkpoint.entry(entry).shape();
        if !wish.fits(found) {
            if self.policy.shapes == Rule::Allow && wish.is_held(found) {
                self.out.report.reshaped.push(self.path());
                return true;
            }
            // two parameters that are cut from one tensor see one mistake
            if let Some(&at) = self.out.misshapen_at.get(&entry) {
                self.out.misshapen[at].wish.raise(wish);
                return false;
            }
            self.out.misshapen_at.insert(entry, self.out.misshapen.len());
            let path = self.told(made_from);
            self.out.misshapen.push(Misshapen { path, wish: *wish, entry });
            return false;
        }
        if let (true, [rows, columns]) = (wish.is_plain(), &found[..]) {
            self.out.squares += usize::from(rows == columns);
        }
        let mut agree = true;
        for (i, &extent) in found.iter().enumerate() {
            if let Some(Dim::Named(name)) = wish.rank().map(|_| wish.dim(i)) {
                agree &= self.bind(name, extent, Some(entry));
            }
        }
        agree
    }

    fn fixed(&self, name: &str) -> Option<usize> {
        self.policy.dims.get(name).copied()
    }

    /// Binds a name to a number, or reports the conflict.
    pub(super) fn bind(&mut self, name: &'static str, value: usize, entry: Option<usize>) -> bool {
        if let Some(fixed) = self.fixed(name) {
            self.out.dims.0.entry(name).or_insert(Bound { value: fixed, by: None });
        }
        let Err(bound) = self.out.dims.bind(name, value, self.trail.as_str()) else { return true };
        let finding = Finding {
            expected: Some(FindingSide::words(format!("{name} = {}", bound.origin()))),
            found: Some(FindingSide::words(value.to_string())),
            hints: vec![format!(
                "`{name}` is one number wherever the model names it; if these may differ, give them two names"
            )],
            ..entry.map(|entry| self.located(entry)).unwrap_or_default()
        };
        self.out.report.dim.push(Finding { path: self.path(), ..finding });
        false
    }
}
