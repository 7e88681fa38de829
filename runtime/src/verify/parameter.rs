//! Compares one parameter with its tensor: dtype and shape.

use weighbridge_checkpoint::DType;

use super::comparison::{Comparison, TiedParameter};
use super::lock_tree::{LockTree, LockedTensor};
use super::path::Path;
use super::rows::{Hiding, Row, Sides};
use crate::report::FindingKind;
use crate::rules::Expected;
use crate::schema::{Leaf, Spec, Wanted};

/// The result for one parameter.
pub(super) enum Match {
    Fits,
    Absent,
    Wrong,
}

impl Comparison {
    pub(super) const fn parameter(&mut self, leaf: &'static Leaf, spec: Spec, place: Option<&'static LockTree>) {
        let wanted = Wanted { spec, leaf };
        self.parameters += self.times;
        let (rows, number) = (self.rows.len(), self.number);
        self.number += 1;
        let matched = match spec.from {
            None => self.whole(Expected::of(wanted), place),
            Some(layout) => self.composed(layout, &wanted, place),
        };
        let fits = matches!(matched, Match::Fits);
        if fits {
            self.fitting += self.times;
            self.dims.fits(number, self.times);
        }
        if matches!(matched, Match::Absent) {
            let mut i = rows;
            while let Some(row) = self.rows.get_mut(i) {
                row.absent = Some(number);
                i += 1;
            }
        }
        let (target, is_open) = match &self.tie {
            Some(tie) => (Some(self.path.rest_below(tie.depth, &tie.target)), tie.is_open),
            None => (None, false),
        };
        if target.is_some() && matches!(matched, Match::Absent) {
            // a tied parameter may be absent; if both are, the other one is missing
            self.rows.cut(rows);
        }
        if target.is_some() || self.is_target() {
            let tensor = match place {
                Some(place) if fits && spec.from.is_none() => place.tensor,
                _ => None,
            };
            self.tied.push(TiedParameter { path: self.path, target, is_open, tensor, fits, number });
        }
    }

    /// Whether another parameter may be tied to this one.
    const fn is_target(&self) -> bool {
        let mut i = 0;
        while let Some(path) = self.tied_to.get(i) {
            if self.path.leads_to(path) {
                return true;
            }
            i += 1;
        }
        false
    }

    /// The parameter is one tensor, as it lies in the file.
    const fn whole(&mut self, expected: Expected, place: Option<&'static LockTree>) -> Match {
        let Some(tensor) = self.tensor(place, &self.path) else {
            self.missing(self.path, expected, false);
            return Match::Absent;
        };
        self.taken = self.taken.saturating_add(self.times);
        let dtype = self.dtype(&expected, tensor, self.path);
        let shape = self.shape(&expected, tensor, self.path);
        if dtype.is_some() && shape { Match::Fits } else { Match::Wrong }
    }

    /// The dtype that a parameter gets from a tensor; `None`, with a finding, if it does not take it.
    pub(super) const fn dtype(&mut self, expected: &Expected, tensor: LockedTensor, path: Path) -> Option<DType> {
        let taken = expected.accepts(tensor.dtype);
        if taken.is_none() {
            self.rows.push(Row::of_tensor(FindingKind::DType, path, Some(*expected), Some(tensor)));
        }
        taken
    }

    /// Whether a tensor has the shape that is expected; binds the names in it.
    pub(super) const fn shape(&mut self, expected: &Expected, tensor: LockedTensor, path: Path) -> bool {
        if !expected.fits(tensor.shape) {
            // two parameters that are cut from one tensor report it once
            match self.rows.about(FindingKind::Shape, &path) {
                Some(Row { sides: Sides::Tensor(Some(first), _), .. }) => first.raise(expected),
                _ => self.rows.push(Row::of_tensor(FindingKind::Shape, path, Some(*expected), Some(tensor))),
            }
            return false;
        }
        let (mut agree, mut i) = (true, 0);
        while i < tensor.shape.len() && expected.rank().is_some() {
            agree = self.agrees(expected.dim(i), expected.environment(), tensor.shape[i], self.number - 1) && agree;
            i += 1;
        }
        agree
    }

    /// Reports a missing tensor. One that several parameters are cut from is missing once.
    pub(super) const fn missing(&mut self, path: Path, expected: Expected, is_source: bool) {
        if is_source
            && let Some(Row { sides: Sides::Tensor(Some(first), _), is_source: true, .. }) =
                self.rows.about(FindingKind::Missing, &path)
        {
            first.raise(&expected);
            return;
        }
        let row = Row::of_tensor(FindingKind::Missing, path, Some(expected), None);
        let hiding = self.hidden_by(&path, !is_source && !expected.is_of_parts());
        self.rows.push(Row { is_source, hiding, ..row });
    }

    /// What hides a tensor of the lock that would have this path. `is_yours` says whether the parameter is a field that you declare.
    const fn hidden_by(&self, path: &Path, is_yours: bool) -> Option<Hiding> {
        if self.ignores.len == 0 || path.is_empty() {
            return None;
        }
        let named = self.in_lock(path);
        let names = match named.parent_in(self.lock) {
            Some(parent) => parent.at(named.component(named.len() - 1).0.as_str()),
            None => None,
        };
        let Some(LockTree { tensor: Some(_), .. }) = names else { return None };
        let mut i = 0;
        while let Some(ignore) = self.ignores.get(i) {
            if ignore.fits(&named) {
                let depth = ignore.prefix.len();
                // below an alias, the module has another name in the lock
                if let Some(alias) = &self.alias
                    && depth >= alias.path.len()
                {
                    return None;
                }
                let may_be_option = is_yours && !self.is_optional;
                return Some(Hiding { pattern: ignore.pattern, depth, may_be_option });
            }
            i += 1;
        }
        None
    }
}
