//! Finds the tensors of a lock that no parameter takes: walks the names beside every place of the schema that they lead to.

use super::comparison::{Comparison, Repeated};
use super::cursor::{Cursor, Cursors, advance_all, end_of, is_loose_item, take_tensor};
use super::dims::Dims;
use super::lock_tree::{Component, LockTree};
use super::path::{Path, PathComponent};
use super::rows::Row;
use super::set::Set;
use crate::report::FindingKind;
use crate::schema::{Node, Spec, Text, Variant};

/// A number and the texts around it, which have at most 256 bytes.
type Numbered = Text<288>;

impl Comparison {
    /// Reports every tensor that is no parameter's.
    pub(super) const fn unexpected(&mut self, root: &'static Node) {
        let mut cursors = Cursors::EMPTY;
        cursors.push(Cursor::at(root, Spec::NONE, 0));
        self.leftovers(self.lock, &cursors, None);
    }

    /// Whether a pattern ignores the tensor at this path of the lock. Marks the patterns that do as used.
    const fn is_ignored(&mut self) -> bool {
        let (mut found, mut i) = (false, 0);
        while let Some(ignore) = self.ignores.get_mut(i) {
            if ignore.fits(&self.path) {
                ignore.used = true;
                found = true;
            }
            i += 1;
        }
        found
    }

    /// Whether a finding covers the tensor at this path of the lock.
    const fn is_repeated(&self) -> bool {
        let mut i = 0;
        while let Some(Repeated { path, stem, from }) = self.repeated.get(i) {
            i += 1;
            if self.path.behind(path).is_none() {
                continue;
            }
            match stem {
                None => return true,
                Some(stem) if self.path.len() > path.len() => {
                    let component = self.path.component(path.len()).0;
                    if let Some(index) = stem.index(component.as_str())
                        && index >= *from
                    {
                        return true;
                    }
                }
                Some(_) => {}
            }
        }
        false
    }

    /// Whether tensors are left over. Without a `variant`, those that no cursor takes are reported. With one, those count that
    /// another variant takes and this one does not. Marks the patterns that ignore some as used.
    const fn leftovers(&mut self, names: &'static LockTree, cursors: &Cursors, variant: Option<usize>) -> bool {
        let own = match variant {
            Some(number) => number,
            None => 0,
        };
        let (mut found, mut i) = (false, 0);
        if let Some(tensor) = names.tensor {
            let is_left = !take_tensor(cursors, own, true) && (variant.is_none() || take_tensor(cursors, own, false));
            // asked of every tensor, so that each pattern that fits one is marked
            if !self.is_ignored() && is_left {
                found = true;
                if variant.is_none() && !self.is_repeated() {
                    self.rows.push(Row::of_tensor(FindingKind::Unexpected, self.path, None, Some(tensor)));
                }
            }
        }
        while i < names.below.len() {
            let (child, len) = (&names.below[i], self.path.len());
            i += 1;
            match &child.component {
                Component::Name(name) if is_loose_item(cursors, own, (names, self.around(&self.path)), name) => {}
                Component::Name(name) => {
                    let mut inner = Cursors::EMPTY;
                    advance_all(cursors, names, self.around(&self.path), (name, None), &mut inner);
                    self.path.push(PathComponent::Name(name));
                    found = self.leftovers(&child.names, &inner, variant) || found;
                    self.path.cut(len);
                }
                Component::Numbered(stem, runs) => {
                    let mut next = 0;
                    while let Some(mut rest) = Set::next(runs, &mut next, 0, usize::MAX) {
                        // numbers stay together as long as every cursor treats them alike
                        while !rest.is_empty() {
                            let (first, around) = (rest.first(), self.around(&self.path));
                            let alike = around.ignores.end_alike(around.path, stem, &rest);
                            let end = end_of(cursors, names, around, (stem, first));
                            let end = if alike < end { alike } else { end };
                            let mut inner = Cursors::EMPTY;
                            let name = stem.push_to(Numbered::new(), first);
                            let index = if stem.is_bare() { Some(first) } else { None };
                            advance_all(cursors, names, around, (name.as_str(), index), &mut inner);
                            self.path.push(PathComponent::Set(*stem, Set::of(rest.runs(), 0, end)));
                            found = self.leftovers(&child.names, &inner, variant) || found;
                            self.path.cut(len);
                            // the last index may be `usize::MAX` itself
                            let is_last = end == usize::MAX;
                            rest = if is_last { Set::EMPTY } else { Set::of(rest.runs(), end, usize::MAX) };
                        }
                    }
                }
            }
        }
        found
    }
}

/// Whether variant `number` leaves a tensor over that another variant takes, or takes more of. The first `outer` patterns are
/// those of modules around the enum, and `known` has the names that are known there.
pub(super) const fn leaves_over(
    variants: &'static [Variant],
    number: usize,
    (spec, place): (Spec, Option<&'static LockTree>),
    trial: &mut Comparison,
    outer: (usize, &Dims),
) -> bool {
    let Some(names) = place else { return false };
    let (mut cursors, mut i) = (Cursors::EMPTY, 0);
    while i < variants.len() {
        cursors.push(Cursor::at(&variants[i].node, spec, i));
        i += 1;
    }
    // names are left over by what the lock calls them
    let path = trial.path;
    trial.path = trial.in_lock(&path);
    let mut is_left = trial.leftovers(names, &cursors, Some(number));
    trial.path = path;
    i = 0;
    while i < variants.len() && trial.cuts.len > 0 && !is_left {
        is_left = i != number && takes_less(trial, (&variants[i], spec), names, outer);
        i += 1;
    }
    is_left
}

/// Whether another variant takes more of a tensor than this one.
const fn takes_less(
    trial: &Comparison,
    (variant, spec): (&'static Variant, Spec),
    names: &'static LockTree,
    (outer, known): (usize, &Dims),
) -> bool {
    let mut other = Comparison::new(trial.lock, trial.config, trial.path, 1);
    (other.ignores, other.ignores.len, other.alias) = (trial.ignores, outer, trial.alias);
    (other.dims, other.is_second) = (*known, trial.is_second);
    other.node(&variant.node, spec, Some(names));
    let mut i = 0;
    while let Some(cut) = trial.cuts.get(i) {
        let takes_all = match other.taken_of(&cut.path) {
            0 => takes((variant, spec), names, &cut.path, &other, trial.path.len()),
            taken => taken > trial.taken_of(&cut.path),
        };
        if takes_all {
            return true;
        }
        i += 1;
    }
    false
}

/// Whether a variant takes the whole tensor at a path. The first `depth` components lead to the enum.
const fn takes(
    (variant, spec): (&'static Variant, Spec),
    names: &'static LockTree,
    path: &Path,
    other: &Comparison,
    depth: usize,
) -> bool {
    let (mut cursors, mut place, mut i) = (Cursors::EMPTY, names, depth);
    cursors.push(Cursor::at(&variant.node, spec, 0));
    while i < path.len() {
        let (component, number) = path.component(i);
        let (mut next, mut here) = (Cursors::EMPTY, *path);
        here.cut(i);
        let here = other.in_lock(&here);
        advance_all(&cursors, place, other.around(&here), (component.as_str(), number), &mut next);
        match place.at(component.as_str()) {
            Some(below) => place = below,
            None => return false,
        }
        cursors = next;
        i += 1;
    }
    take_tensor(&cursors, 0, true) && other.tensor(Some(place), path).is_some()
}
