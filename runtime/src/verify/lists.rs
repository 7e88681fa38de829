//! Lists of modules and of parameters.

use super::comparison::Comparison;
use super::lock_tree::{Component, LockTree};
use super::path::PathComponent;
use super::rows::Row;
use super::set::Set;
use super::shown::push_shown;
use crate::path::is_loose;
use crate::report::FindingKind;
use crate::rules::says;
use crate::schema::{Field, Len, Node, Spec, Text, same, split};

/// The most items that are compared one by one.
pub(super) const ALONE: usize = 4096;

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

impl Comparison {
    /// Compares items that have the same names below them.
    pub(super) const fn items(&mut self, item: &'static Node, spec: Spec, set: Set, place: Option<&'static LockTree>) {
        if self.has_pattern_with_digits() && set.count() <= ALONE && has_choice(item) {
            // a pattern may ignore a name in one item only, which may then be another variant
            let mut n = 0;
            while n < set.count() {
                self.alike(item, spec, Set::one(set.nth(n)), place);
                n += 1;
            }
        } else {
            self.alike(item, spec, set, place);
        }
    }

    const fn alike(&mut self, item: &'static Node, spec: Spec, set: Set, place: Option<&'static LockTree>) {
        let (len, times) = (self.path.len(), self.times);
        self.path.push(PathComponent::Set(set));
        self.times = set.count().saturating_mul(times);
        self.node(item, spec.item(), place);
        self.path.cut(len);
        self.times = times;
    }

    pub(super) const fn list(&mut self, item: &'static Node, spec: Spec, len: Len, place: Option<&'static LockTree>) {
        let here = indices(place);
        let wanted = match len {
            Len::Is(len) => Some(len),
            Len::Named(_) | Len::FromFile => None,
        };
        self.loose_indices(place, &[]);
        match (wanted, here.absent) {
            (Some(wanted), _) => self.is_miscounted = self.is_miscounted || wanted != here.end,
            (None, Some(first)) => {
                let found = Text::new().push_number(here.count).push(" of them, the last is ");
                let found = found.push_number(here.end - 1).push(", the first absent one is ").push_number(first);
                self.rows.push(Row::of_text(FindingKind::Name, self.path, Text::new().push(says::NO_GAP), found, ""));
            }
            (None, None) => {}
        }
        let count = match wanted {
            Some(wanted) => wanted,
            None => here.count,
        };
        if let Len::Named(name) = len {
            self.bind(name, count);
        }
        // behind a gap in an open list, items are compared if they are there, and none is missing
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
        let mut at = match here.absent {
            Some(first) => first,
            None => here.end,
        };
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

    /// Reports components that Python's `int()` would read as an index, but that are not written as one. What a field is named is
    /// meant so.
    pub(super) const fn loose_indices(&mut self, place: Option<&'static LockTree>, fields: &'static [Field]) {
        let mut i = 0;
        while let Some(names) = place
            && i < names.below.len()
        {
            if let Component::Name(name) = names.below[i].component
                && is_loose(name, name.trim_ascii())
                && !has_field(fields, name)
            {
                let mut path = self.path;
                path.push(PathComponent::Name(name));
                let found = push_shown(Text::new().push("`"), name).push("`, ").push(says::IS_LOOSE);
                self.rows.push(Row::found(FindingKind::Name, path, found, says::LOOSE_INDEX));
            }
            i += 1;
        }
    }
}

/// Whether a field's name begins with this component.
const fn has_field(fields: &'static [Field], component: &str) -> bool {
    let mut i = 0;
    while i < fields.len() {
        if same(split(fields[i].name).0, component) {
            return true;
        }
        i += 1;
    }
    false
}

/// The indices below a place.
struct Indices {
    count: usize,
    /// One more than the last index.
    end: usize,
    /// The first gap before the last index.
    absent: Option<usize>,
}

const fn indices(place: Option<&'static LockTree>) -> Indices {
    let (mut here, mut i) = (Indices { count: 0, end: 0, absent: None }, 0);
    while let Some(names) = place
        && i < names.below.len()
    {
        if let Component::Indices([.., (_, last)]) = names.below[i].component {
            here.count = names.below[i].component.count().saturating_add(here.count);
            here.end = if *last < here.end { here.end } else { last.saturating_add(1) };
        }
        i += 1;
    }
    if here.count < here.end {
        let mut at = 0;
        while let Some((from, to)) = run_from(place, at)
            && from == at
        {
            at = to.saturating_add(1);
        }
        here.absent = Some(at);
    }
    here
}

/// The first run of indices at or after `at`, whichever group they belong to.
const fn run_from(place: Option<&'static LockTree>, at: usize) -> Option<(usize, usize)> {
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
