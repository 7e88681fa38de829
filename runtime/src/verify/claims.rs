//! Which names of a lock are some parameter's. A walk over the names, beside every place of the schema that they may be.

use super::comparison::{Comparison, Ignore};
use super::cursor::{Cursor, Cursors, advance_all, end_of, take_tensor, want_indices};
use super::lists::ALONE;
use super::lock_tree::{Component, LockTree, LockedTensor};
use super::path::{Path, PathComponent};
use super::rows::Row;
use super::set::Set;
use crate::path::{is_loose, matches};
use crate::report::FindingKind;
use crate::schema::{Node, Spec, Text, Variant};

/// What is done with a tensor that nothing takes.
enum Sink<'s> {
    Report(&'s mut Comparison),
    /// Notes whether the other cursors take it, and it may not be left alone.
    Compare {
        others: &'s Cursors,
        leaves_over: &'s mut bool,
        trial: &'s mut Comparison,
    },
}

impl Comparison {
    /// Reports every tensor that is no parameter's.
    pub(super) const fn unexpected(&mut self, root: &'static Node) {
        let mut cursors = Cursors::EMPTY;
        cursors.push(Cursor::at(root));
        visit(self.lock, &cursors, Path::EMPTY, &mut Sink::Report(self));
    }

    /// Whether a tensor, or a part of it, may be left alone; notes the pattern then.
    pub(super) const fn is_ignored(&mut self, path: &Path) -> bool {
        let (mut found, mut i) = (false, 0);
        while let Some(ignore) = self.ignores.get_mut(i) {
            if ignore.fits(path) {
                ignore.used = true;
                found = true;
            }
            i += 1;
        }
        found
    }

    pub(super) const fn has_pattern_with_digits(&self) -> bool {
        let mut i = 0;
        while let Some(ignore) = self.ignores.get(i) {
            let (bytes, mut k) = (ignore.pattern.as_bytes(), 0);
            while k < bytes.len() {
                if bytes[k].is_ascii_digit() {
                    return true;
                }
                k += 1;
            }
            i += 1;
        }
        false
    }

    /// The names that a path stands for and that are not left alone, from number `n` on: the next of them.
    const fn next_left(&mut self, path: &Path, n: &mut usize) -> Option<Path> {
        // a pattern may name an index: then each name is looked at
        let each = self.has_pattern_with_digits() && path.count() <= ALONE;
        while *n < (if each { path.count() } else { 1 }) {
            let one = if each { path.nth(*n) } else { *path };
            *n += 1;
            if !self.is_ignored(&one) {
                return Some(one);
            }
        }
        None
    }

    const fn leave_over(&mut self, tensor: LockedTensor, path: Path) {
        let mut n = 0;
        while let Some(path) = self.next_left(&path, &mut n) {
            self.rows.push(Row::of_tensor(FindingKind::Unexpected, path, None, Some(tensor)));
        }
    }
}

impl Ignore {
    const fn fits(&self, path: &Path) -> bool {
        match path.behind(&self.prefix) {
            Some(rest) => matches(self.pattern, rest.as_str()),
            None => false,
        }
    }
}

/// Whether variant `number` leaves something over that the others name, or take more of. Notes the patterns that leave some
/// of it alone.
pub(super) const fn leaves_over(
    variants: &'static [Variant],
    number: usize,
    place: Option<&'static LockTree>,
    path: &Path,
    trial: &mut Comparison,
) -> bool {
    let Some(names) = place else { return false };
    let (mut own, mut others, mut i) = (Cursors::EMPTY, Cursors::EMPTY, 0);
    while i < variants.len() {
        let cursor = Cursor::at(&variants[i].node);
        if i == number {
            own.push(cursor);
        } else {
            others.push(cursor);
        }
        i += 1;
    }
    let mut leaves_over = false;
    let sink = &mut Sink::Compare { others: &others, leaves_over: &mut leaves_over, trial };
    visit(names, &own, *path, sink);
    i = 0;
    while i < variants.len() && trial.cuts.len > 0 && !leaves_over {
        leaves_over = i != number && takes_less(trial, &variants[i], names, path);
        i += 1;
    }
    leaves_over
}

/// Whether another variant takes more of a tensor than this one.
const fn takes_less(trial: &Comparison, variant: &'static Variant, names: &'static LockTree, path: &Path) -> bool {
    let mut other = Comparison::new(trial.lock, *path, 1);
    other.node(&variant.node, Spec::NONE, Some(names));
    let mut i = 0;
    while let Some(cut) = trial.cuts.get(i) {
        let takes_all = match other.taken_of(&cut.path) {
            0 => takes(variant, names, &cut.path, path.len()),
            taken => taken > trial.taken_of(&cut.path),
        };
        if takes_all {
            return true;
        }
        i += 1;
    }
    false
}

/// Whether a variant takes the whole tensor of a path, of which `depth` components lead to the enum.
const fn takes(variant: &'static Variant, names: &'static LockTree, path: &Path, depth: usize) -> bool {
    let (mut cursors, mut place, mut i) = (Cursors::EMPTY, names, depth);
    cursors.push(Cursor::at(&variant.node));
    while i < path.len() {
        let (component, number) = path.component(i);
        let mut next = Cursors::EMPTY;
        advance_all(&cursors, place, component.as_str(), number, &mut next);
        match place.at(component.as_str()) {
            Some(below) => place = below,
            None => return false,
        }
        cursors = next;
        i += 1;
    }
    take_tensor(&cursors)
}

const fn visit(names: &'static LockTree, cursors: &Cursors, path: Path, sink: &mut Sink<'_>) {
    if let Some(tensor) = names.tensor
        && !take_tensor(cursors)
    {
        match sink {
            Sink::Report(walk) => walk.leave_over(tensor, path),
            Sink::Compare { others, leaves_over, trial } => {
                // every pattern that fits is in use, also behind the first name that is left over
                let mut n = 0;
                while take_tensor(others) && trial.next_left(&path, &mut n).is_some() {
                    **leaves_over = true;
                }
            }
        }
    }
    let mut i = 0;
    while i < names.below.len() {
        let child = &names.below[i];
        match child.component {
            Component::Name(name) => {
                if !(is_loose(name, name.trim_ascii()) && want_indices(cursors)) {
                    let mut path = path;
                    path.push(PathComponent::Name(name));
                    step(&child.names, names, cursors, name, None, path, sink);
                }
            }
            Component::Indices(runs) => {
                let mut next = 0;
                while let Some(set) = Set::next(runs, &mut next, 0, usize::MAX) {
                    // runs whose indices are alike to every cursor stay together
                    let mut rest = set;
                    while !rest.is_empty() {
                        let end = sink_end(cursors, sink, names, rest.first());
                        let here = rest.before(end);
                        rest = if end == usize::MAX { Set::EMPTY } else { rest.from(end) };
                        let number = Text::<24>::new().push_number(here.first());
                        let mut path = path;
                        path.push(PathComponent::Set(here));
                        step(&child.names, names, cursors, number.as_str(), Some(here.first()), path, sink);
                    }
                }
            }
        }
        i += 1;
    }
}

/// One component further down.
const fn step(
    child: &'static LockTree,
    place: &'static LockTree,
    cursors: &Cursors,
    component: &str,
    number: Option<usize>,
    path: Path,
    sink: &mut Sink<'_>,
) {
    let mut inner = Cursors::EMPTY;
    advance_all(cursors, place, component, number, &mut inner);
    match sink {
        Sink::Report(_) => visit(child, &inner, path, sink),
        Sink::Compare { others, leaves_over, trial } => {
            let mut further = Cursors::EMPTY;
            advance_all(others, place, component, number, &mut further);
            visit(child, &inner, path, &mut Sink::Compare { others: &further, leaves_over, trial });
        }
    }
}

/// Where the indices end that are alike to all cursors, from `at` on.
const fn sink_end(cursors: &Cursors, sink: &Sink<'_>, place: &'static LockTree, at: usize) -> usize {
    let end = end_of(cursors, place, at);
    match sink {
        Sink::Report(_) => end,
        Sink::Compare { others, .. } => {
            let other = end_of(others, place, at);
            if other < end { other } else { end }
        }
    }
}
