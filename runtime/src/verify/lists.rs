//! Lists of modules and of parameters.

use super::comparison::{AliasPath, Comparison};
use super::hidden::has_ignores;
use super::lock_tree::{Component, LockTree};
use super::path::{Path, PathComponent};
use super::rows::Row;
use super::set::{Set, has};
use super::shared::Part;
use super::shown::push_shown;
use crate::report::FindingKind;
use crate::rules::says;
use crate::schema::{Alias, Field, Len, Names, Node, Spec, Stem, Text, looks_like_an_item, same, split};

impl Comparison {
    /// Compares items that have the same names below them. Of an open list or a map, those that patterns hide are not there.
    pub(super) const fn items(
        &mut self,
        item: &'static Node,
        spec: Spec,
        set: Set,
        place: Option<&'static LockTree>,
        is_open: bool,
    ) {
        if self.ignores.len == 0 && !(is_open && has_ignores(item)) {
            return self.alike(item, spec, set, place);
        }
        let (list, mut rest) = (self.in_lock(&self.path), set);
        while let Some(set) = self.ignores.next_alike(&list, spec.found, &mut rest) {
            let is_there = match place {
                Some(names) if is_open => self.is_part(item, names, &list.item(spec.found, set)),
                _ => true,
            };
            if is_there {
                self.alike(item, spec, set, place);
            }
        }
    }

    /// Whether the part of an open list or a map is there that this path of the lock leads to.
    pub(super) const fn is_part(&mut self, item: &'static Node, names: &'static LockTree, path: &Path) -> bool {
        match has_ignores(item) {
            true => self.is_there(item, Stem::BARE, Names { here: true, below: true }, names, path),
            false => self.ignores.leave_any(names, path),
        }
    }

    const fn alike(&mut self, item: &'static Node, spec: Spec, set: Set, place: Option<&'static LockTree>) {
        let (len, times, alias) = (self.path.len(), self.times, self.alias);
        // below an alias, the items may have other names
        let list = if spec.stem.is(spec.found) { None } else { Some(self.in_lock(&self.path)) };
        self.path.push(PathComponent::Set(*spec.stem, set));
        if let Some(list) = list {
            self.alias = Some(AliasPath { path: list.item(spec.found, set), depth: self.path.len() });
        }
        self.times = set.count().saturating_mul(times);
        self.node(item, spec.item(), place);
        self.path.cut(len);
        (self.times, self.alias) = (times, alias);
    }

    pub(super) const fn list(&mut self, item: &'static Node, spec: Spec, len: Len, place: Option<&'static LockTree>) {
        let all = indices(place, spec.found, 0, usize::MAX);
        let mut said_end = None;
        let part = match spec.items {
            Some(shared) => self.part(shared, &spec, len, all.end),
            None => {
                let whole;
                (whole, said_end) =
                    self.len_of_all(len.constant(&spec.environment), &spec.environment, all.count, all.end);
                Part::whole(whole)
            }
        };
        let (first, cut) = (part.first, part.cut);
        let wanted = match part.len {
            Len::Is(len) => Some(len),
            Len::Named(_) | Len::Computed(_) | Len::FromFile => None,
        };
        let mut here = match self.ignores.len > 0 || (wanted.is_none() && has_ignores(item)) {
            true => self.indices_left(item, spec.found, place, (first, cut), wanted.is_none()),
            false if spec.items.is_none() => all,
            false => indices(place, spec.found, first, cut),
        };
        self.loose_indices(place, spec.found, &[]);
        if let (Some(until), None, None) = (part.until, wanted, here.absent)
            && first.saturating_add(here.count) < until
        {
            here.absent = Some(first.saturating_add(here.count));
        }
        match (wanted, here.absent) {
            (Some(wanted), _) if part.is_last && !part.is_open => {
                self.is_miscounted = self.is_miscounted || first.saturating_add(wanted) != here.end;
            }
            (Some(_), _) => {}
            (None, Some(absent)) => {
                let told = if spec.items.is_some() { &all } else { &here };
                let found = Text::new().push_number(told.count).push(" of them, the last is ");
                let found = found.push_number(told.last).push(", the first absent one is ").push_number(absent);
                let (found, hint) = match self.hiding(spec.found, place, absent) {
                    Some(pattern) => (push_shown(found.push(says::HIDDEN_BY), pattern).push("`"), says::HIDDEN_GAP),
                    None => (found, ""),
                };
                let path = match spec.stem.is_bare() {
                    true => self.path,
                    false => self.path.of_field(Alias { name: "", stem: spec.stem }),
                };
                self.rows.push(Row::of_text(FindingKind::Name, path, Text::new().push(says::NO_GAP), found, hint));
            }
            (None, None) => {}
        }
        let count = match wanted {
            Some(wanted) => wanted,
            None => here.count,
        };
        let told = match said_end {
            Some(end) => end,
            None => first.saturating_add(count),
        };
        self.agrees_of_list(&spec, part.end, told);
        // behind a gap in an open list, items are compared if they are there, and none is missing
        let end = if wanted.is_some() { first.saturating_add(count) } else { cut };
        let mut i = 0;
        while let Some(names) = place
            && i < names.below.len()
        {
            let (items, mut next) = (names.below[i].component.items(spec.found), 0);
            while let Some(set) = Set::next(items.runs(), &mut next, first, end) {
                self.items(item, spec, set, Some(&names.below[i].names), wanted.is_none());
            }
            i += 1;
        }
        let mut at = match here.absent {
            Some(absent) => absent,
            None => here.end,
        };
        while wanted.is_some() && at < end {
            let (from, behind) = match run_from(place, spec.found, at) {
                Some((from, to)) if from < end => (from, to.saturating_add(1)),
                _ => (end, end),
            };
            if from > at {
                self.items(item, spec, Set::run(at, from - 1), None, false);
            }
            at = behind;
        }
        // behind a gap, the next field goes on where the items end
        self.list_end = match (wanted, part.until) {
            _ if part.is_open => None,
            (Some(count), _) => Some(first.saturating_add(count)),
            (None, Some(until)) => Some(until),
            (None, None) => Some(here.end),
        };
    }

    /// The indices below a place that patterns leave: without the patterns of items that are open, or with them.
    const fn indices_left(
        &mut self,
        item: &'static Node,
        stem: &Stem,
        place: Option<&'static LockTree>,
        (from, to): (usize, usize),
        is_open: bool,
    ) -> Indices {
        let (mut here, mut i) = (Indices { count: 0, end: from, last: 0, absent: None }, 0);
        let list = self.in_lock(&self.path);
        while let Some(names) = place
            && i < names.below.len()
        {
            let child = &names.below[i];
            i += 1;
            let (items, mut next) = (child.component.items(stem), 0);
            while let Some(mut rest) = Set::next(items.runs(), &mut next, from, to) {
                while let Some(set) = self.ignores.next_alike(&list, stem, &mut rest) {
                    let path = list.item(stem, set);
                    let is_there = match is_open {
                        true => self.is_part(item, &child.names, &path),
                        false => self.ignores.leave_any(&child.names, &path),
                    };
                    if is_there {
                        here.count = here.count.saturating_add(set.count());
                        here.reach(set.last());
                    }
                }
            }
        }
        if here.count < here.end - from {
            let mut at = from;
            while self.is_index_left(stem, place, &list, at) {
                at += 1;
            }
            here.absent = Some(at);
        }
        here
    }

    /// Whether a place has something below an index that patterns leave.
    const fn is_index_left(&self, stem: &Stem, place: Option<&'static LockTree>, list: &Path, index: usize) -> bool {
        let Some(names) = item_at(place, stem, index) else { return false };
        self.ignores.leave_any(names, &list.item(stem, Set::one(index)))
    }

    /// The pattern that hides an item of a list.
    const fn hiding(&self, stem: &Stem, place: Option<&'static LockTree>, index: usize) -> Option<&'static str> {
        let Some(names) = item_at(place, stem, index) else { return None };
        self.ignores.first_hiding(names, &self.in_lock(&self.path).item(stem, Set::one(index)))
    }

    /// Reports components that Python's `int()` would read as an index, but that are not written as one. What a field is named is
    /// meant so.
    pub(super) const fn loose_indices(
        &mut self,
        place: Option<&'static LockTree>,
        stem: &Stem,
        fields: &'static [Field],
    ) {
        let mut i = 0;
        while let Some(names) = place
            && i < names.below.len()
        {
            if let Component::Name(name) = names.below[i].component
                && looks_like_an_item(name, stem)
                && !has_field(fields, name)
            {
                let mut path = self.path;
                path.push(PathComponent::Name(name));
                if self.ignores.len > 0 && !self.ignores.leave_any(&names.below[i].names, &self.in_lock(&path)) {
                    i += 1;
                    continue;
                }
                let found = push_shown(Text::new().push("`"), name).push("`, ").push(says::IS_LOOSE);
                self.rows.push(Row::found(FindingKind::Name, path, found, says::LOOSE_INDEX));
            }
            i += 1;
        }
    }
}

/// The names of an item of a list.
const fn item_at(place: Option<&'static LockTree>, stem: &Stem, index: usize) -> Option<&'static LockTree> {
    let (Some(names), mut i) = (place, 0) else { return None };
    while i < names.below.len() {
        if has(names.below[i].component.items(stem).runs(), index) {
            return Some(&names.below[i].names);
        }
        i += 1;
    }
    None
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

/// The indices below a place, from one on and up to another.
#[derive(Clone, Copy)]
struct Indices {
    count: usize,
    /// One more than the last index; the one from which on, if there is none.
    end: usize,
    /// The last index, which `end` does not show if it is `usize::MAX`.
    last: usize,
    /// The first gap before the last index.
    absent: Option<usize>,
}

impl Indices {
    /// Adds an index.
    const fn reach(&mut self, index: usize) {
        let end = index.saturating_add(1);
        self.end = if end > self.end { end } else { self.end };
        self.last = if index > self.last { index } else { self.last };
    }
}

const fn indices(place: Option<&'static LockTree>, stem: &Stem, from: usize, to: usize) -> Indices {
    let (mut here, mut i) = (Indices { count: 0, end: from, last: 0, absent: None }, 0);
    while let Some(names) = place
        && i < names.below.len()
    {
        let items = names.below[i].component.items(stem);
        if from > 0 || to < usize::MAX {
            let mut next = 0;
            while let Some(set) = Set::next(items.runs(), &mut next, from, to) {
                here.count = here.count.saturating_add(set.count());
                here.reach(set.last());
            }
        } else if let [.., (_, last)] = items.runs() {
            here.count = names.below[i].component.count().saturating_add(here.count);
            here.reach(*last);
        }
        i += 1;
    }
    if here.count < here.end - from {
        let mut at = from;
        while let Some((from, to)) = run_from(place, stem, at)
            && from == at
        {
            at = to.saturating_add(1);
        }
        here.absent = Some(at);
    }
    here
}

/// The first run of indices at or after `at`, whichever group they belong to.
const fn run_from(place: Option<&'static LockTree>, stem: &Stem, at: usize) -> Option<(usize, usize)> {
    let Some(names) = place else { return None };
    let (mut best, mut i): (Option<(usize, usize)>, _) = (None, 0);
    while i < names.below.len() {
        let (items, mut k) = (names.below[i].component.items(stem), 0);
        while k < items.runs().len() {
            let (from, to) = items.runs()[k];
            let from = if from < at { at } else { from };
            match best {
                Some((best, _)) if best <= from => {}
                _ if to >= from => best = Some((from, to)),
                _ => {}
            }
            k += 1;
        }
        i += 1;
    }
    best
}
