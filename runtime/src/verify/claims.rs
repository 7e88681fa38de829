//! Which names of a lock are some parameter's. A walk over the names, beside every place of the schema that they may be.

use super::cursor::{Cursor, Cursors, advance_all, end_of, take_tensor, want_indices};
use super::few::List;
use super::names::{Component, Held, Names};
use super::path::{Part, Path};
use super::rows::Row;
use super::set::Set;
use super::walk::{Ignore, Walk};
use crate::path::{is_loose, matches};
use crate::report::Class;
use crate::schema::{Node, Spec, Text, Variant};

/// Tensors that a variant leaves over.
pub(super) struct Left {
    pub(super) paths: List<Path, 16>,
    /// Those of which it takes a part, and another takes more.
    pub(super) parts: List<Path, 16>,
}

impl Left {
    pub(super) const fn is_empty(&self) -> bool {
        self.paths.len + self.parts.len == 0
    }
}

/// What is done with a tensor that nothing takes.
enum Sink<'s> {
    Report(&'s mut Walk),
    /// Notes those that the other cursors take, and that may not be left alone.
    Compare {
        others: &'s Cursors,
        left: &'s mut Left,
        trial: &'s mut Walk,
    },
}

/// The most names that are looked at one by one.
pub(super) const ALONE: usize = 4096;

impl Walk {
    /// Reports every tensor that is no parameter's.
    pub(super) const fn unexpected(&mut self, root: &'static Node, names: &'static Names) {
        let mut cursors = Cursors::EMPTY;
        cursors.push(Cursor::at(root));
        visit(names, &cursors, Path::EMPTY, &mut Sink::Report(self));
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

    const fn leave_over(&mut self, tensor: Held, path: Path) {
        let mut n = 0;
        while let Some(path) = self.next_left(&path, &mut n) {
            let mut row = Row::new(Class::Unexpected, path);
            row.tensor = Some(tensor);
            row.found = tensor.shown();
            self.rows.push(row);
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

/// What variant `number` does not take of what the others name. Notes the patterns that leave some of it alone.
pub(super) const fn left_over(
    variants: &'static [Variant],
    number: usize,
    place: Option<&'static Names>,
    path: &Path,
    trial: &mut Walk,
) -> Left {
    let mut left = Left { paths: List::EMPTY, parts: List::EMPTY };
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
    if let Some(names) = place {
        visit(names, &own, *path, &mut Sink::Compare { others: &others, left: &mut left, trial });
        let mut i = 0;
        while i < variants.len() && trial.cuts.len > 0 {
            if i != number {
                takes_less(trial, &variants[i], names, path, &mut left);
            }
            i += 1;
        }
    }
    left
}

/// Notes the tensors of which another variant takes more than this one.
const fn takes_less(trial: &Walk, variant: &'static Variant, names: &'static Names, path: &Path, left: &mut Left) {
    let mut other = Walk::new(*path, 1);
    other.node(&variant.node, Spec::NONE, Some(names));
    let mut i = 0;
    while let Some(cut) = trial.cuts.get(i).copied() {
        i += 1;
        let is_seen = left.parts.len > 0
            && match left.parts.get(left.parts.len - 1) {
                Some(last) => last.is(&cut.path),
                None => false,
            };
        let takes_all = match other.taken(&cut.path) {
            0 => takes(variant, names, &cut.path, path.len()),
            taken => taken > trial.taken(&cut.path),
        };
        if takes_all && !is_seen && left.parts.has_room() {
            left.parts.push(cut.path);
        }
    }
}

/// Whether a variant takes the whole tensor of a path, of which `depth` components lead to the enum.
const fn takes(variant: &'static Variant, names: &'static Names, path: &Path, depth: usize) -> bool {
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

const fn visit(names: &'static Names, cursors: &Cursors, path: Path, sink: &mut Sink<'_>) {
    if let Some(tensor) = names.tensor
        && !take_tensor(cursors)
    {
        match sink {
            Sink::Report(walk) => walk.leave_over(tensor, path),
            Sink::Compare { others, left, trial } => {
                let mut n = 0;
                while take_tensor(others)
                    && left.paths.has_room()
                    && let Some(path) = trial.next_left(&path, &mut n)
                {
                    left.paths.push(path);
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
                    path.push(Part::Name(name));
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
                        path.push(Part::Set(here));
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
    child: &'static Names,
    place: &'static Names,
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
        Sink::Compare { others, left, trial } => {
            let mut further = Cursors::EMPTY;
            advance_all(others, place, component, number, &mut further);
            visit(child, &inner, path, &mut Sink::Compare { others: &further, left, trial });
        }
    }
}

/// Where the indices end that are alike to all cursors, from `at` on.
const fn sink_end(cursors: &Cursors, sink: &Sink<'_>, place: &'static Names, at: usize) -> usize {
    let end = end_of(cursors, place, at);
    match sink {
        Sink::Report(_) => end,
        Sink::Compare { others, .. } => {
            let other = end_of(others, place, at);
            if other < end { other } else { end }
        }
    }
}
