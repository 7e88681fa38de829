//! Lists of modules and of parameters: how many items there are, and which of them are alike.

use super::claims::ALONE;
use super::names::{Component, Names};
use super::path::Part;
use super::rows::Row;
use super::set::Set;
use super::walk::{Count, Walk};
use crate::path::is_loose;
use crate::report::Class;
use crate::schema::{Len, Node, Spec, Text};

/// Whether there is an enum in a node or below it.
const fn has_choice(node: &'static Node) -> bool {
    match node {
        Node::Choice { .. } => true,
        Node::Parameter(_) => false,
        Node::List { item, .. } | Node::Map { item } | Node::Optional { item } => has_choice(item),
        Node::Struct { fields, .. } => {
            let mut i = 0;
            while i < fields.len() {
                if has_choice(fields[i].node) {
                    return true;
                }
                i += 1;
            }
            false
        }
    }
}

impl Walk {
    /// The items of a list that have the same below them.
    pub(super) const fn items(&mut self, item: &'static Node, spec: Spec, set: Set, place: Option<&'static Names>) {
        if self.has_pattern_with_digits() && set.count() <= ALONE && has_choice(item) {
            // a pattern may leave a name alone in one of them, so that its enum is another variant
            let mut n = 0;
            while n < set.count() {
                self.alike(item, spec, Set::one(set.nth(n)), place);
                n += 1;
            }
        } else {
            self.alike(item, spec, set, place);
        }
    }

    const fn alike(&mut self, item: &'static Node, spec: Spec, set: Set, place: Option<&'static Names>) {
        let (len, times) = (self.path.len(), self.times);
        self.path.push(Part::Set(set));
        self.times = set.count().saturating_mul(times);
        self.node(item, spec.item(), place);
        self.path.cut(len);
        self.times = times;
    }

    pub(super) const fn list(&mut self, item: &'static Node, spec: Spec, len: Len, place: Option<&'static Names>) {
        let here = indices(place);
        let wanted = match len {
            Len::Is(len) => Some(len),
            Len::Named(_) | Len::FromFile => None,
        };
        self.loose_indices(place);
        match wanted {
            Some(wanted) if wanted != here.end => {
                self.counts.push(Count { path: self.path, wanted, runs: here.runs });
            }
            None if here.absent.is_some() => {
                let Some(first) = here.absent else { return };
                let mut row = Row::new(Class::Name, self.path);
                row.expected = Text::new().push("items 0, 1, 2, … without a gap");
                row.found =
                    Text::new().push_number(here.count).push(" of them, the last is ").push_number(here.runs.last());
                let hint = Text::new().push(if here.end.saturating_sub(here.count) == 1 {
                    "`"
                } else {
                    "the first absent one is `"
                });
                let mut absent = self.path;
                absent.push(Part::Set(Set::one(first)));
                let hint = hint.push(absent.marked(&self.path).as_str());
                self.rows.push(row.hint(hint.push(if here.end.saturating_sub(here.count) == 1 {
                    "` is absent"
                } else {
                    "`"
                })));
            }
            _ => {}
        }
        let count = match wanted {
            Some(wanted) => wanted,
            None => here.count,
        };
        if let Len::Named(name) = len {
            self.bind(name, count);
        }
        // with a gap in an open list the items that are there are still checked, but not one is made up
        let end = if wanted.is_some() { count } else { usize::MAX };
        let mut i = 0;
        while let Some(names) = place
            && i < names.below.len()
        {
            if let Component::Indices(runs) = names.below[i].component {
                let mut next = 0;
                while let Some(set) = Set::next(runs, &mut next, 0, end) {
                    self.items(item, spec, set, Some(&names.below[i].names));
                }
            }
            i += 1;
        }
        let mut at = 0;
        while wanted.is_some() && at < end {
            let (from, behind) = match run_from(place, at) {
                Some((from, to)) if from < end => (from, to.saturating_add(1)),
                _ => (end, end),
            };
            if from > at {
                self.items(item, spec, Set::run(at, from - 1), None);
            }
            at = behind;
        }
    }

    /// Components that Python's `int()` would read as an index and that are none.
    pub(super) const fn loose_indices(&mut self, place: Option<&'static Names>) {
        let mut i = 0;
        while let Some(names) = place
            && i < names.below.len()
        {
            if let Component::Name(name) = names.below[i].component
                && is_loose(name, name.trim_ascii())
            {
                let mut path = self.path;
                path.push(Part::Name(name));
                let mut row = Row::new(Class::Name, path);
                row.found = Text::new().push("`").push(name).push("`, which is not an index as it is written");
                self.rows.push(
                    row.hint(
                        Text::new().push(
                            "indices are 0, 1, 2, … without a sign, spaces or leading zeros; rename it in the file",
                        ),
                    ),
                );
            }
            i += 1;
        }
    }
}

/// The indices below a place.
struct Indices {
    count: usize,
    /// One more than the last.
    end: usize,
    /// The first that is absent before the last.
    absent: Option<usize>,
    runs: Set,
}

const fn indices(place: Option<&'static Names>) -> Indices {
    let mut here = Indices { count: 0, end: 0, absent: None, runs: Set::EMPTY };
    while let Some((from, to)) = run_from(place, here.end) {
        if from > here.end && here.absent.is_none() {
            here.absent = Some(here.end);
        }
        here.count = (to - from).saturating_add(1).saturating_add(here.count);
        here.end = to.saturating_add(1);
        here.runs = here.runs.and(from, to);
        if to == usize::MAX {
            break;
        }
    }
    here
}

/// The first run of indices at or behind `at`, whichever group they belong to.
const fn run_from(place: Option<&'static Names>, at: usize) -> Option<(usize, usize)> {
    let Some(names) = place else { return None };
    let (mut best, mut i): (Option<(usize, usize)>, _) = (None, 0);
    while i < names.below.len() {
        if let Component::Indices(runs) = names.below[i].component {
            let mut k = 0;
            while k < runs.len() {
                let (from, to) = runs[k];
                let from = if from < at { at } else { from };
                match best {
                    Some((best, _)) if best <= from => {}
                    _ if to >= from => best = Some((from, to)),
                    _ => {}
                }
                k += 1;
            }
        }
        i += 1;
    }
    best
}
