//! Paths that stand for several: a component can be a set of indices.

use super::lock_tree::{Branch, Component, LockTree, component_end};
use super::set::{Set, has};
use super::shown::push_shown;
use weighbridge_lock::{natural_component, nth_number, numbers};

use crate::rules::Shown;
use crate::schema::{Alias, Stem, Text, index, same, split};

/// The most components of a path.
const DEPTH: usize = 16;

#[derive(Clone, Copy)]
pub(super) enum PathComponent {
    Name(&'static str),
    /// Indices, and what stands around each of them.
    Set(Stem, Set),
    /// A list as a whole, whose items have this stem: `block_{}`.
    Items(&'static Stem),
}

#[derive(Clone, Copy)]
pub(super) struct Path {
    components: [PathComponent; DEPTH],
    len: usize,
}

impl PathComponent {
    const fn is(&self, other: &PathComponent) -> bool {
        match (self, other) {
            (PathComponent::Name(a), PathComponent::Name(b)) => same(a, b),
            (PathComponent::Set(stem, a), other) | (other, PathComponent::Set(stem, a)) => match other.set(stem) {
                Some(b) => a.is(&b),
                None => false,
            },
            (PathComponent::Items(a), PathComponent::Items(b)) => a.is(b),
            (PathComponent::Items(_), _) | (_, PathComponent::Items(_)) => false,
        }
    }

    /// The indices of a list whose items have this stem. A name of the lock may be an item.
    const fn set(&self, stem: &Stem) -> Option<Set> {
        match self {
            PathComponent::Set(own, set) if own.is(stem) => Some(*set),
            PathComponent::Name(name) => match stem.index(name) {
                Some(index) => Some(Set::one(index)),
                None => None,
            },
            PathComponent::Set(..) | PathComponent::Items(_) => None,
        }
    }

    /// The indices of its number with this number, from 0 on, and what stands around them.
    const fn numbered(&self, number: usize) -> Option<(Stem, Set)> {
        match self {
            PathComponent::Set(stem, set) if numbers(stem.before) == number => Some((*stem, *set)),
            PathComponent::Name(name) => {
                let Some((from, to)) = nth_number(name, number) else { return None };
                let (rest, behind) = name.split_at(to);
                let (before, digits) = rest.split_at(from);
                match index(digits) {
                    Some(index) => Some((Stem { before, behind }, Set::one(index))),
                    None => None,
                }
            }
            PathComponent::Set(..) | PathComponent::Items(_) => None,
        }
    }

    /// The first of the components that it stands for.
    const fn first(&self) -> Shown {
        match self {
            PathComponent::Name(name) => Text::new().push(name),
            PathComponent::Set(stem, set) => stem.push_to(Text::new(), set.first()),
            PathComponent::Items(stem) => Text::new().push(stem.before).push("{}").push(stem.behind),
        }
    }
}

impl Path {
    pub(super) const EMPTY: Path = Path { components: [PathComponent::Name(""); DEPTH], len: 0 };

    pub(super) const fn len(&self) -> usize {
        self.len
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(super) const fn cut(&mut self, len: usize) {
        self.len = len;
    }

    pub(super) const fn push(&mut self, part: PathComponent) {
        assert!(
            self.len < DEPTH,
            "a name of more than 16 components cannot be verified while compiling; remove `verify`"
        );
        self.components[self.len] = part;
        self.len += 1;
    }

    /// Adds every component of a name.
    pub(super) const fn push_name(&mut self, name: &'static str) {
        let mut rest = Some(name);
        while let Some(text) = rest {
            let (first, others) = split(text);
            rest = if first.len() == text.len() { None } else { Some(others) };
            match index(first) {
                Some(index) => self.push(PathComponent::Set(*Stem::BARE, Set::one(index))),
                None => self.push(PathComponent::Name(first)),
            }
        }
    }

    /// Adds every component of a name that `place` has, and returns the place of the whole name. What a place has is split
    /// already, and costs less than to split the name.
    pub(super) const fn push_found(
        &mut self,
        name: &'static str,
        place: Option<&'static LockTree>,
    ) -> Option<&'static LockTree> {
        let (bytes, len, mut from) = (name.as_bytes(), self.len, 0);
        let mut place = place;
        while from < bytes.len()
            && let Some(names) = place
        {
            let to = component_end(bytes, from);
            place = match names.branch(bytes, from, to) {
                Some(Branch { component: Component::Name(name), names }) => {
                    self.push(PathComponent::Name(name));
                    Some(names)
                }
                Some(Branch { names, .. }) => {
                    self.push_name(name.split_at(to).0.split_at(from).1);
                    Some(names)
                }
                None => None,
            };
            from = to + 1;
        }
        if place.is_none() || name.is_empty() {
            self.len = len;
            self.push_name(name);
        }
        place
    }

    /// Adds the components of two names with indices between them.
    pub(super) const fn push_indexed(&mut self, before: &'static str, set: Set, behind: &'static str) {
        if !before.is_empty() {
            self.push_name(before);
        }
        self.push(PathComponent::Set(*Stem::BARE, set));
        if !behind.is_empty() {
            self.push_name(behind);
        }
    }

    pub(super) const fn joined(mut self, name: &'static str) -> Path {
        self.push_name(name);
        self
    }

    /// The path of items of a list at this one.
    pub(super) const fn item(mut self, stem: &Stem, set: Set) -> Path {
        self.push(PathComponent::Set(*stem, set));
        self
    }

    /// The path of a field below this one.
    pub(super) const fn of_field(mut self, name: Alias) -> Path {
        if !name.name.is_empty() || !name.is_of_items() {
            self.push_name(name.name);
        }
        if name.is_of_items() {
            self.push(PathComponent::Items(name.stem));
        }
        self
    }

    pub(super) const fn is(&self, other: &Path) -> bool {
        if self.len != other.len {
            return false;
        }
        // most paths differ at their ends
        let mut i = self.len;
        while i > 0 {
            i -= 1;
            if !self.components[i].is(&other.components[i]) {
                return false;
            }
        }
        true
    }

    /// The last component, if it is no index.
    pub(super) const fn last_name(&self) -> &'static str {
        match self.len {
            0 => "",
            len => match self.components[len - 1] {
                PathComponent::Name(name) => name,
                PathComponent::Set(..) | PathComponent::Items(_) => "",
            },
        }
    }

    /// Whether it begins with `other`, whose index may be one of several here.
    pub(super) const fn leads_to(&self, other: &Path) -> bool {
        if self.len < other.len {
            return false;
        }
        let mut i = 0;
        while i < other.len {
            let (own, part) = (&self.components[i], &other.components[i]);
            let has_it = match own {
                PathComponent::Set(stem, own) => match part.set(stem) {
                    Some(set) => set.count() == 1 && has(own.runs(), set.first()),
                    None => false,
                },
                PathComponent::Name(_) | PathComponent::Items(_) => false,
            };
            if !has_it && !own.is(part) {
                return false;
            }
            i += 1;
        }
        true
    }

    /// `other`, followed by the components from number `from` on.
    pub(super) const fn rest_below(&self, from: usize, other: &Path) -> Path {
        let (mut path, mut i) = (*other, from);
        while i < self.len {
            path.push(self.components[i]);
            i += 1;
        }
        path
    }

    /// Component `i` of the first path that it stands for, and its number if it is an index.
    pub(super) const fn component(&self, i: usize) -> (Shown, Option<usize>) {
        let component = &self.components[i];
        match component {
            PathComponent::Set(stem, set) if stem.is_bare() => (component.first(), Some(set.first())),
            _ => (component.first(), None),
        }
    }

    /// What stands around the index in component `i`, if it is an item of a list.
    pub(super) const fn stem(&self, i: usize) -> Option<&Stem> {
        match &self.components[i] {
            PathComponent::Set(stem, _) => Some(stem),
            PathComponent::Name(_) | PathComponent::Items(_) => None,
        }
    }

    /// The place of a lock that the first path that it stands for is in.
    pub(super) const fn parent_in(&self, lock: &'static LockTree) -> Option<&'static LockTree> {
        let (mut place, mut i) = (lock, 0);
        while i + 1 < self.len {
            let component = self.component(i).0;
            let name = component.as_str().as_bytes();
            match place.branch(name, 0, name.len()) {
                Some(branch) => place = &branch.names,
                None => return None,
            }
            i += 1;
        }
        Some(place)
    }

    /// The first path that it stands for, without `prefix`; `None` if it does not begin with that.
    pub(super) const fn behind(&self, prefix: &Path) -> Option<Shown> {
        if self.len < prefix.len {
            return None;
        }
        let mut i = 0;
        while i < prefix.len {
            let (own, part) = (&self.components[i], &prefix.components[i]);
            let has_it = match part {
                PathComponent::Set(stem, set) => match own.set(stem) {
                    Some(own) => has(set.runs(), own.first()),
                    None => false,
                },
                PathComponent::Name(_) | PathComponent::Items(_) => false,
            };
            if !has_it && !own.is(part) {
                return None;
            }
            i += 1;
        }
        let mut rest = Path::EMPTY;
        let first = self.nth(0);
        while i < self.len {
            rest.push(first.components[i]);
            i += 1;
        }
        Some(rest.shown())
    }

    /// How many paths it stands for.
    pub(super) const fn count(&self) -> usize {
        let (mut count, mut i) = (1, 0);
        while i < self.len {
            if let PathComponent::Set(_, set) = &self.components[i] {
                count = set.count().saturating_mul(count);
            }
            i += 1;
        }
        count
    }

    /// Path number `n` of those it stands for.
    pub(super) const fn nth(&self, n: usize) -> Path {
        let (mut path, mut left, mut i) = (*self, n, self.len);
        while i > 0 {
            i -= 1;
            if let PathComponent::Set(stem, set) = &self.components[i] {
                path.components[i] = PathComponent::Set(*stem, Set::one(set.nth(left % set.count())));
                left /= set.count();
            }
        }
        path
    }

    /// Whether it stands behind `other` in the natural order of the first paths that they stand for.
    pub(super) const fn is_after(&self, other: &Path) -> bool {
        let mut i = 0;
        while i < self.len && i < other.len {
            let order = match (&self.components[i], &other.components[i]) {
                (PathComponent::Set(stem, a), PathComponent::Set(other, b)) if stem.is(other) => {
                    (a.first() > b.first()) as i8 - (a.first() < b.first()) as i8
                }
                (PathComponent::Name(a), PathComponent::Name(b)) => order(a, b),
                // an index stands before a name
                (PathComponent::Set(stem, _), _) if stem.is_bare() => -1,
                (_, PathComponent::Set(stem, _)) if stem.is_bare() => 1,
                (a, b) => order(a.first().as_str(), b.first().as_str()),
            };
            if order != 0 {
                return order > 0;
            }
            i += 1;
        }
        self.len > other.len
    }

    /// The path without the indices that `other` has of one of its lists; `None` if those are none or all of them.
    pub(super) const fn without(&self, other: &Path) -> Option<Path> {
        let mut i = 0;
        while i < self.len && i < other.len {
            if let PathComponent::Set(stem, own) = &self.components[i]
                && let Some(set) = other.components[i].set(stem)
                && let Some((both, rest)) = own.split(&set)
                && !both.is_empty()
                && !rest.is_empty()
            {
                let mut path = *self;
                path.components[i] = PathComponent::Set(*stem, rest);
                return Some(path);
            }
            i += 1;
        }
        None
    }

    /// Whether the component at `position` has a number with this number, of those in it.
    pub(super) const fn has_number(&self, position: usize, number: usize) -> bool {
        position < self.len && self.components[position].numbered(number).is_some()
    }

    /// The two as one, if they differ only in one number of the component at `position`.
    pub(super) const fn folded(&self, other: &Path, position: usize, number: usize) -> Option<Path> {
        if self.len != other.len || position >= self.len {
            return None;
        }
        let (Some((stem, a)), Some((other_stem, b))) =
            (self.components[position].numbered(number), other.components[position].numbered(number))
        else {
            return None;
        };
        if !stem.is(&other_stem) {
            return None;
        }
        let mut i = 0;
        while i < self.len {
            if i != position && !self.components[i].is(&other.components[i]) {
                return None;
            }
            i += 1;
        }
        let Some(set) = a.with(&b) else { return None };
        let mut path = *self;
        path.components[position] = PathComponent::Set(stem, set);
        Some(path)
    }

    pub(super) const fn shown(&self) -> Shown {
        let (mut text, mut i) = (Text::new(), 0);
        while i < self.len {
            text = push_component(text.push(if i == 0 { "" } else { "." }), &self.components[i]);
            i += 1;
        }
        text
    }
}

const fn push_component<const N: usize>(text: Text<N>, part: &PathComponent) -> Text<N> {
    match part {
        PathComponent::Name(name) => push_shown(text, name),
        PathComponent::Set(stem, set) => push_shown(set.push_to(push_shown(text, stem.before)), stem.behind),
        PathComponent::Items(stem) => push_shown(push_shown(text, stem.before).push("{}"), stem.behind),
    }
}

/// -1, 0 or 1: how `a` stands to `b` in natural order.
const fn order(a: &str, b: &str) -> i8 {
    natural_component(a, b) as i8
}
