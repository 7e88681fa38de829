//! Tied parameters: one name of each is enough.

use super::comparison::{Comparison, TiedParameter};
use super::lock_tree::LockedTensor;
use super::path::Path;
use super::rows::Row;
use crate::report::FindingKind;
use crate::rules::says;

/// A tied parameter, with its number in [`Comparison::tied`], and the one that it is tied to.
#[derive(Clone, Copy)]
struct Pair {
    at: usize,
    tied: TiedParameter,
    target: TiedParameter,
}

impl Comparison {
    /// Settles the ties of a struct: one name of a tied group is enough, and all that are there must be the same. The
    /// parameters of the struct begin at number `from`.
    pub(super) const fn settle_ties(&mut self, from: usize) {
        let mut at = from;
        while let Some(Pair { at: number, tied, target }) = self.pair(from, at) {
            at = number + 1;
            let Some(path) = tied.target else { continue };
            // the first one that is there stands for all
            if tied.fits && !target.fits && self.take_back(target.number, &path) {
                self.fitting += path.count();
                self.fill(from, &path, tied.tensor);
            }
        }
        at = from;
        while let Some(Pair { at: number, tied, target }) = self.pair(from, at) {
            at = number + 1;
            match (tied.fits, target.fits) {
                (false, true) if !self.is_reported(&tied.path) => self.fitting += tied.path.count(),
                (true, true) => self.compare(&tied, &target),
                _ => {}
            }
            if let Some(tied) = self.tied.get_mut(number) {
                // a struct around this one settles its own
                tied.target = None;
            }
        }
    }

    /// The next tied parameter, from number `at` on. The derive has proved that the path that it is tied to exists.
    const fn pair(&self, from: usize, at: usize) -> Option<Pair> {
        let mut at = at;
        while let Some(tied) = self.tied.get(at) {
            if let Some(target) = &tied.target
                && let Some(other) = self.untied_at(from, target)
                && let Some(target) = self.tied.get(other)
            {
                return Some(Pair { at, tied: *tied, target: *target });
            }
            at += 1;
        }
        None
    }

    /// Gives the parameter that others are tied to the tensor of one of them.
    const fn fill(&mut self, from: usize, path: &Path, tensor: Option<LockedTensor>) {
        if let Some(at) = self.untied_at(from, path)
            && let Some(target) = self.tied.get_mut(at)
            && target.path.is(path)
        {
            (target.fits, target.tensor) = (true, tensor);
        }
    }

    /// The number of the parameter at this path that is itself tied to none.
    const fn untied_at(&self, from: usize, path: &Path) -> Option<usize> {
        let mut i = from;
        while let Some(one) = self.tied.get(i) {
            if one.target.is_none() && one.path.len() == path.len() && one.path.leads_to(path) {
                return Some(i);
            }
            i += 1;
        }
        None
    }

    /// Takes back that a parameter is missing, of those that are alike only the one at `path`. Returns whether it was.
    const fn take_back(&mut self, number: usize, path: &Path) -> bool {
        let (mut i, mut found) = (0, false);
        while let Some(row) = self.rows.get_mut(i) {
            let is_it = matches!((row.kind, row.absent), (FindingKind::Missing, Some(absent)) if absent == number);
            found = found || is_it;
            match row.path.without(path) {
                _ if !is_it => i += 1,
                Some(others) if !row.is_source => {
                    row.path = others;
                    i += 1;
                }
                _ => self.rows.remove(i),
            }
        }
        found
    }

    /// Whether there is a finding about a parameter.
    const fn is_reported(&self, path: &Path) -> bool {
        let mut i = 0;
        while let Some(row) = self.rows.get(i) {
            if row.path.is(path) {
                return true;
            }
            i += 1;
        }
        false
    }

    /// Reports two tensors that must be the same and differ in dtype or shape.
    const fn compare(&mut self, tied: &TiedParameter, target: &TiedParameter) {
        let (Some(own), Some(other)) = (tied.tensor, target.tensor) else { return };
        if !own.is(&other) {
            let expected = other.shown().push(", as `").push_text(&target.path.shown()).push("` is");
            let hint = if tied.is_open { says::OPEN_TIE } else { says::UNTIED };
            self.rows.push(Row::of_text(FindingKind::Tied, tied.path, expected, own.shown(), hint));
        }
    }
}
