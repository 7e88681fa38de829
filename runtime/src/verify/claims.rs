//! Which names of a lock are some parameter's. A walk over the names, beside every place of the schema that they may be.

use super::names::{Component, Held, Names, below};
use super::path::{Part, Path, Set};
use super::rows::Row;
use super::walk::{Ignore, List, Walk};
use crate::path::{is_loose, matches};
use crate::report::Class;
use crate::schema::{Field, Layout, Len, Node, Spec, Text, Variant, index, same, split};

/// A place of the schema below the components of a name that are still to come.
#[derive(Clone, Copy)]
pub(super) struct Cursor {
    rest: &'static str,
    /// `None` for a tensor that a parameter is made from.
    node: Option<&'static Node>,
    spec: Spec,
}

type Cursors = List<Cursor, 64>;

/// Tensors that a variant leaves over.
pub(super) struct Left {
    pub(super) paths: List<Path, 16>,
}

impl Left {
    pub(super) const fn is_empty(&self) -> bool {
        self.paths.len == 0
    }
}

/// What is done with a tensor that nothing takes.
enum Sink<'s> {
    Report(&'s mut Walk),
    /// Notes those that the other cursors take, and that may not be left alone.
    Compare {
        others: Cursors,
        left: &'s mut Left,
        outer: &'s Walk,
        trial: &'s Walk,
    },
}

impl Walk {
    /// Reports every tensor that is no parameter's.
    pub(super) const fn unexpected(&mut self, root: &'static Node, names: &'static Names) {
        let mut cursors = Cursors::EMPTY;
        cursors.push(Cursor { rest: "", node: Some(root), spec: Spec::NONE });
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

    const fn has_pattern_with_digits(&self) -> bool {
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

    const fn leave_over(&mut self, tensor: Held, path: Path) {
        // a pattern may name an index: then each name is looked at
        let (each, mut n) = (self.has_pattern_with_digits() && path.count() <= 4096, 0);
        while n < (if each { path.count() } else { 1 }) {
            let path = if each { path.nth(n) } else { path };
            if !self.is_ignored(&path) {
                let mut row = Row::new(Class::Unexpected, path);
                row.tensor = Some(tensor);
                row.found = tensor.shown();
                self.rows.push(row);
            }
            n += 1;
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

/// What variant `number` does not take of what the others name.
pub(super) const fn left_over(
    variants: &'static [Variant],
    number: usize,
    place: Option<&'static Names>,
    path: &Path,
    outer: &Walk,
    trial: &Walk,
) -> Left {
    let mut left = Left { paths: List::EMPTY };
    let (mut own, mut others, mut i) = (Cursors::EMPTY, Cursors::EMPTY, 0);
    while i < variants.len() {
        let cursor = Cursor { rest: "", node: Some(&variants[i].node), spec: Spec::NONE };
        if i == number {
            own.push(cursor);
        } else {
            others.push(cursor);
        }
        i += 1;
    }
    if let Some(names) = place {
        visit(names, &own, *path, &mut Sink::Compare { others, left: &mut left, outer, trial });
    }
    left
}

const fn visit(names: &'static Names, cursors: &Cursors, path: Path, sink: &mut Sink<'_>) {
    if let Some(tensor) = names.tensor
        && !take_tensor(cursors)
    {
        match sink {
            Sink::Report(walk) => walk.leave_over(tensor, path),
            Sink::Compare { others, left, outer, trial } => {
                if take_tensor(others)
                    && !is_ignored(outer, &path)
                    && !is_ignored(trial, &path)
                    && left.paths.has_room()
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
                        rest = rest.from(end);
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
        Sink::Compare { others, left, outer, trial } => {
            let mut further = Cursors::EMPTY;
            advance_all(others, place, component, number, &mut further);
            visit(child, &inner, path, &mut Sink::Compare { others: further, left, outer, trial });
        }
    }
}

const fn advance_all(
    cursors: &Cursors,
    place: &'static Names,
    component: &str,
    number: Option<usize>,
    out: &mut Cursors,
) {
    let mut i = 0;
    while let Some(cursor) = cursors.get(i) {
        advance(*cursor, place, component, number, out);
        i += 1;
    }
}

const fn is_ignored(walk: &Walk, path: &Path) -> bool {
    let mut i = 0;
    while let Some(ignore) = walk.ignores.get(i) {
        if ignore.fits(path) {
            return true;
        }
        i += 1;
    }
    false
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

const fn end_of(cursors: &Cursors, place: &'static Names, at: usize) -> usize {
    let (mut end, mut i) = (usize::MAX, 0);
    while let Some(cursor) = cursors.get(i) {
        let other = alike(*cursor, place, at);
        end = if other < end { other } else { end };
        i += 1;
    }
    end
}

/// Where the indices end that are alike to one cursor.
const fn alike(cursor: Cursor, place: &'static Names, at: usize) -> usize {
    if !cursor.rest.is_empty() {
        return match index(split(cursor.rest).0) {
            Some(one) if one == at => at + 1,
            Some(one) if one > at => one,
            _ => usize::MAX,
        };
    }
    let Some(node) = cursor.node else { return usize::MAX };
    match node {
        Node::List { len, .. } => match list_len(cursor.spec, *len) {
            Some(len) if at < len => len,
            _ => usize::MAX,
        },
        Node::Optional { item } => alike(Cursor { node: Some(item), ..cursor }, place, at),
        Node::Choice { .. } | Node::Struct { .. } => {
            let mut inner = Cursors::EMPTY;
            open(cursor, place, &mut inner);
            end_of(&inner, place, at)
        }
        Node::Parameter(_) | Node::Map { .. } => usize::MAX,
    }
}

const fn list_len(spec: Spec, len: Len) -> Option<usize> {
    match (spec.len, len) {
        (Some(Len::Is(len)), _) | (None, Len::Is(len)) => Some(len),
        _ => None,
    }
}

/// The cursors that a struct, or an enum, stands for: one for each name of a field.
const fn open(cursor: Cursor, place: &'static Names, out: &mut Cursors) {
    match cursor.node {
        Some(Node::Struct { fields, .. }) => {
            let mut i = 0;
            while i < fields.len() {
                open_field(&fields[i], cursor.spec, out);
                i += 1;
            }
        }
        Some(Node::Choice { variants, .. }) => {
            let (chosen, mut i) = (chosen(variants, place), 0);
            while i < variants.len() {
                let is_it = match chosen {
                    Some(chosen) => chosen == i,
                    // what any of them names is a part of the finding about the enum
                    None => true,
                };
                if is_it {
                    open(Cursor { node: Some(&variants[i].node), spec: Spec::NONE, rest: "" }, place, out);
                }
                i += 1;
            }
        }
        _ => out.push(cursor),
    }
}

const fn open_field(field: &'static Field, outer: Spec, out: &mut Cursors) {
    let spec = field.spec_in(outer);
    let own = if field.flatten { "" } else { field.name };
    if let Some(layout) = field.composed() {
        let mut number = 0;
        while let Ok(name) = layout.nth_name(number) {
            let rest = match name {
                Some(name) => name,
                None => own,
            };
            out.push(Cursor { rest, node: None, spec });
            number += 1;
        }
        return;
    }
    out.push(Cursor { rest: own, node: Some(field.node), spec });
    let mut i = 0;
    while !field.flatten && i < field.aliases.len() {
        out.push(Cursor { rest: field.aliases[i], node: Some(field.node), spec });
        i += 1;
    }
}

/// The cursors behind a component, which is an index where it has a `number`.
const fn advance(cursor: Cursor, place: &'static Names, component: &str, number: Option<usize>, out: &mut Cursors) {
    if !cursor.rest.is_empty() {
        let (first, rest) = split(cursor.rest);
        if same(first, component) || (number.is_some() && same(first, Layout::INDEX)) {
            out.push(Cursor { rest, ..cursor });
        }
        return;
    }
    match (cursor.node, number) {
        (Some(Node::List { item, len }), Some(number)) => match list_len(cursor.spec, *len) {
            Some(len) if number >= len => {}
            _ => out.push(Cursor { rest: "", node: Some(item), spec: cursor.spec.item() }),
        },
        (Some(Node::Map { item }), _) => {
            out.push(Cursor { rest: "", node: Some(item), spec: cursor.spec.item() });
        }
        (Some(Node::Optional { item }), _) => {
            advance(Cursor { node: Some(item), ..cursor }, place, component, number, out);
        }
        (Some(Node::Struct { .. } | Node::Choice { .. }), _) => {
            let mut inner = Cursors::EMPTY;
            open(cursor, place, &mut inner);
            advance_all(&inner, place, component, number, out);
        }
        _ => {}
    }
}

/// Whether one of the cursors is at a parameter, or at what one is made from.
const fn take_tensor(cursors: &Cursors) -> bool {
    let mut i = 0;
    while let Some(cursor) = cursors.get(i) {
        if cursor.rest.is_empty() && is_tensor(cursor.node) {
            return true;
        }
        i += 1;
    }
    false
}

const fn is_tensor(node: Option<&'static Node>) -> bool {
    match node {
        None | Some(Node::Parameter(_)) => true,
        Some(Node::Optional { item }) => is_tensor(Some(item)),
        Some(Node::Struct { fields, .. }) => {
            let mut i = 0;
            while i < fields.len() {
                if fields[i].flatten && is_tensor(Some(fields[i].node)) {
                    return true;
                }
                i += 1;
            }
            false
        }
        Some(Node::Choice { variants, .. }) => {
            let mut i = 0;
            while i < variants.len() {
                if is_tensor(Some(&variants[i].node)) {
                    return true;
                }
                i += 1;
            }
            false
        }
        Some(Node::List { .. } | Node::Map { .. }) => false,
    }
}

/// Whether the names here are to be indices.
const fn want_indices(cursors: &Cursors) -> bool {
    let mut i = 0;
    while let Some(cursor) = cursors.get(i) {
        if cursor.rest.is_empty() && wants_indices(cursor.node) {
            return true;
        }
        i += 1;
    }
    false
}

const fn wants_indices(node: Option<&'static Node>) -> bool {
    match node {
        Some(Node::List { .. }) => true,
        Some(Node::Optional { item }) => wants_indices(Some(item)),
        Some(Node::Struct { fields, .. }) => !fields.is_empty() && index(fields[0].name).is_some(),
        _ => false,
    }
}

/// The variant that the names fit.
const fn chosen(variants: &'static [Variant], place: &'static Names) -> Option<usize> {
    let (mut found, mut i) = (None, 0);
    while i < variants.len() {
        let mut trial = Walk::new(Path::EMPTY, 1);
        trial.node(&variants[i].node, Spec::NONE, Some(place));
        let is_good = trial.rows.is_empty() && trial.counts.len == 0;
        if is_good && left_over(variants, i, Some(place), &Path::EMPTY, &trial, &trial).is_empty() {
            if found.is_some() {
                return None;
            }
            found = Some(i);
        }
        i += 1;
    }
    found
}

/// Whether any tensor of this part is there.
pub(super) const fn any_present(node: &'static Node, place: Option<&'static Names>) -> bool {
    let Some(names) = place else { return false };
    match node {
        Node::Parameter(_) => names.tensor.is_some(),
        Node::Optional { item } => any_present(item, place),
        Node::Struct { fields, .. } => {
            let mut i = 0;
            while i < fields.len() {
                if field_present(&fields[i], names) {
                    return true;
                }
                i += 1;
            }
            false
        }
        Node::List { item, .. } | Node::Map { item } => {
            let mut i = 0;
            while i < names.below.len() {
                let counts =
                    matches!(node, Node::Map { .. }) || matches!(names.below[i].component, Component::Indices(_));
                if counts && any_present(item, Some(&names.below[i].names)) {
                    return true;
                }
                i += 1;
            }
            false
        }
        Node::Choice { variants, .. } => {
            let mut i = 0;
            while i < variants.len() {
                if any_present(&variants[i].node, place) {
                    return true;
                }
                i += 1;
            }
            false
        }
    }
}

const fn field_present(field: &'static Field, names: &'static Names) -> bool {
    let own = if field.flatten { Some(names) } else { names.at(field.name) };
    if let Some(layout) = field.composed() {
        return any_source(layout, Some(names), own);
    }
    if any_present(field.node, own) {
        return true;
    }
    let mut i = 0;
    while !field.flatten && i < field.aliases.len() {
        if any_present(field.node, names.at(field.aliases[i])) {
            return true;
        }
        i += 1;
    }
    false
}

/// Whether any source is there.
pub(super) const fn any_source(
    layout: &'static Layout,
    beside: Option<&'static Names>,
    own: Option<&'static Names>,
) -> bool {
    let mut number = 0;
    while let Ok(name) = layout.nth_name(number) {
        number += 1;
        let found = match name {
            None => is_there(own),
            Some(name) => match super::compose::around_index(name) {
                None => is_there(below(beside, name)),
                Some((before, rest)) => any_item(below(beside, before), rest),
            },
        };
        if found {
            return true;
        }
    }
    false
}

const fn is_there(place: Option<&'static Names>) -> bool {
    matches!(place, Some(Names { tensor: Some(_), .. }))
}

const fn any_item(list: Option<&'static Names>, rest: &str) -> bool {
    let mut i = 0;
    while let Some(list) = list
        && i < list.below.len()
    {
        if matches!(list.below[i].component, Component::Indices(_)) && is_there(list.below[i].names.at(rest)) {
            return true;
        }
        i += 1;
    }
    false
}
