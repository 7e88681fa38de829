//! Parameters that an update leaves as they are, whatever the file has for them.

use std::rc::Rc;

use weighbridge_lock::matches;

use super::dims::{Place, Waiting, WaitingPlace};
use super::name_tree::NamePlace;
use super::outcome::{Cut, TiedParameter};
use super::resolver::Resolver;
use crate::path::literal;
use crate::report::{Finding, FindingSide};
use crate::rules::cut::TakenPart;
use crate::rules::{Expected, KnownExtents, says};
use crate::schema::{Dim, Layout, Value, Wanted};

impl Resolver<'_> {
    /// Whether the parameter at this path is to stay as it is.
    pub(super) fn keeps(&self, path: &str) -> bool {
        self.may_keep && self.policy.keep.iter().any(|pattern| matches(pattern, path))
    }

    /// Keeps the parameter that the walk is at, if a pattern fits it. Nothing of what the file has for it is compared.
    pub(super) fn keep(&mut self, wanted: &Wanted, own: Option<NamePlace>) -> bool {
        if !self.may_keep || self.policy.keep.is_empty() {
            return false;
        }
        let path = self.trail.as_str();
        let patterns = self.policy.keep.iter().enumerate();
        let fitting: Vec<usize> =
            patterns.filter(|(_, pattern)| matches(pattern, path)).map(|(number, _)| number).collect();
        if fitting.is_empty() {
            return false;
        }
        let number = self.out.number();
        self.out.kept.fitting.extend(fitting);
        self.out.kept.numbers.insert(number);
        self.note_tie(number, false);
        match wanted.spec.from {
            None => {
                let entry = own.and_then(|place| self.entry(place));
                self.out.kept.entries.extend(entry);
            }
            Some(layout) => self.keep_sources(layout, wanted, own),
        }
        self.keep_value(wanted);
        self.out.assign(None);
        true
    }

    /// Notes that the parameter that the walk is at keeps its value. The numbers in its shape are the load's too: they wait until
    /// the file has said what the names are.
    pub(super) fn keep_value(&mut self, wanted: &Wanted) {
        let path = self.path();
        self.out.report.kept.push(path.clone());
        let (expected, shapes) = (Expected::of(*wanted), Rc::clone(&self.shapes));
        let Some(shape) = shapes.get(self.out.number()).filter(|shape| expected.fits(shape)) else { return };
        for (i, &value) in shape.iter().enumerate().take(expected.rank().unwrap_or(0)) {
            let (dim, environment) = (expected.dim(i), *expected.environment());
            if !matches!(dim, Dim::Named(_) | Dim::Computed(_)) {
                continue;
            }
            self.fix_all(dim.flat(&environment).as_ref());
            if dim.number(&environment, self.out.dims.known()) != Some(Value::Number(value)) {
                let places = vec![WaitingPlace { path: path.clone(), place: Place::LIST, is_kept: true }];
                self.out.dims.kept.push(Waiting { dim, environment, value, places });
            }
        }
    }

    /// Notes the source tensors of a kept parameter, and the parts of them that it would take, so that others can take the rest.
    fn keep_sources(&mut self, layout: &'static Layout, wanted: &Wanted, own: Option<NamePlace>) {
        let mut extents = KnownExtents::of(wanted);
        let mut sources = Vec::new();
        // nothing is compared with what is kept, so what does not fit is let pass
        let (all, open) = self.evaluated(layout, wanted).unwrap_or_default();
        if let Some(dim) = open {
            self.note_open(&dim, &wanted.spec.environment, says::SAY_NAMES);
        }
        for source in all {
            let places = self.places(&source, own);
            extents.add_known(wanted, &source, self.out.dims.known());
            extents.add_source(&source, places.len());
            sources.push((source, places));
        }
        for (source, places) in &sources {
            for entry in places.values().filter_map(|&place| self.entry(place)).collect::<Vec<_>>() {
                self.out.kept.entries.push(entry);
                let shape = self.checkpoint.entry(entry).shape();
                if source.open.is_some() || !extents.expected(wanted, source).fits(shape) {
                    continue;
                }
                if let Some(part) = TakenPart::of(source, shape) {
                    self.out.cuts.push(Cut { entry, path: self.path(), part, is_kept: true });
                }
            }
        }
    }

    /// Settles the ties of which one side is kept, and returns the others. The two are one tensor in the module, so that they
    /// are kept together or not at all.
    pub(super) fn settle_kept_ties(&mut self, settled: Vec<TiedParameter>) -> Vec<TiedParameter> {
        let is_kept = |tied: &TiedParameter| {
            let target = self.out.targets[&tied.target];
            [tied.number, target].map(|number| self.out.kept.numbers.contains(&number))
        };
        let (others, kept): (Vec<_>, Vec<_>) = settled.into_iter().partition(|tied| is_kept(tied) == [false, false]);
        let torn: Vec<(TiedParameter, bool)> = kept
            .into_iter()
            .filter_map(|tied| match is_kept(&tied) {
                [own, target] if own != target => Some((tied, own)),
                _ => None,
            })
            .collect();
        for (TiedParameter { path, target, .. }, own) in torn {
            let (is, other) = if own { ("kept", "is not") } else { ("not kept", "is") };
            let both = [&path, &target].map(|path| literal(path)).join(", ");
            self.out.report.tied.push(Finding {
                found: Some(FindingSide::words(format!("{is}, while `{target}`, which it is tied to, {other}"))),
                hints: vec![format!("{}; say `loader.keep([{both}])` for both, or keep neither", says::ONE_TENSOR)],
                path,
                ..Finding::default()
            });
        }
        others
    }

    /// The patterns that fit no parameter.
    pub(super) fn stale_keeps(&self) -> Vec<String> {
        let patterns = self.policy.keep.iter().enumerate();
        patterns
            .filter(|(number, _)| !self.out.kept.fitting.contains(number))
            .map(|(_, pattern)| pattern.clone())
            .collect()
    }
}
