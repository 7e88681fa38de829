//! Paths that stand for several: a component can be a set of indices.

use super::lock_tree::{Branch, Component, LockTree, component_end};
use super::set::{Set, has};
use super::shown::push_shown;
use crate::rules::Shown;
use crate::schema::{Text, index, same, split};

/// The most components of a path.
const DEPTH: usize = 16;

#[derive(Clone, Copy)]
pub(super) enum PathComponent {
    Name(&'static str),
    Set(Set),
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
            (PathComponent::Set(a), PathComponent::Set(b)) => a.is(b),
            _ => false,
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
                Some(index) => self.push(PathComponent::Set(Set::one(index))),
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
        self.push(PathComponent::Set(set));
        if !behind.is_empty() {
            self.push_name(behind);
        }
    }

    pub(super) const fn joined(mut self, name: &'static str) -> Path {
        self.push_name(name);
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
                PathComponent::Set(_) => "",
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
            match (&self.components[i], &other.components[i]) {
                (PathComponent::Set(own), PathComponent::Set(set))
                    if set.count() == 1 && has(own.runs(), set.first()) => {}
                (own, part) if own.is(part) => {}
                _ => return false,
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
        match &self.components[i] {
            PathComponent::Name(name) => (Text::new().push(name), None),
            PathComponent::Set(set) => (Text::new().push_number(set.first()), Some(set.first())),
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
            match (&self.components[i], &prefix.components[i]) {
                (PathComponent::Set(own), PathComponent::Set(set)) if has(set.runs(), own.first()) => {}
                (a, b) if a.is(b) => {}
                _ => return None,
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
            if let PathComponent::Set(set) = &self.components[i] {
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
            if let PathComponent::Set(set) = &self.components[i] {
                path.components[i] = PathComponent::Set(Set::one(set.nth(left % set.count())));
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
                (PathComponent::Set(a), PathComponent::Set(b)) if a.first() == b.first() => 0,
                (PathComponent::Set(a), PathComponent::Set(b)) => {
                    if a.first() > b.first() {
                        1
                    } else {
                        -1
                    }
                }
                (PathComponent::Name(a), PathComponent::Name(b)) => order(a, b),
                // an index stands before a name
                (PathComponent::Set(_), PathComponent::Name(_)) => -1,
                (PathComponent::Name(_), PathComponent::Set(_)) => 1,
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
            if let (PathComponent::Set(own), PathComponent::Set(set)) = (&self.components[i], &other.components[i])
                && let Some((both, rest)) = own.split(set)
                && !both.is_empty()
                && !rest.is_empty()
            {
                let mut path = *self;
                path.components[i] = PathComponent::Set(rest);
                return Some(path);
            }
            i += 1;
        }
        None
    }

    /// Whether the component at `position` is indices.
    pub(super) const fn has_indices(&self, position: usize) -> bool {
        position < self.len && matches!(self.components[position], PathComponent::Set(_))
    }

    /// The two as one, if they differ only in the indices at `position`.
    pub(super) const fn folded(&self, other: &Path, position: usize) -> Option<Path> {
        if self.len != other.len || position >= self.len {
            return None;
        }
        let mut i = 0;
        while i < self.len {
            if i != position && !self.components[i].is(&other.components[i]) {
                return None;
            }
            i += 1;
        }
        let (PathComponent::Set(a), PathComponent::Set(b)) = (&self.components[position], &other.components[position])
        else {
            return None;
        };
        let Some(set) = a.with(b) else { return None };
        let mut path = *self;
        path.components[position] = PathComponent::Set(set);
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
        PathComponent::Set(set) => set.push_to(text),
    }
}

/// -1, 0 or 1: how `a` stands to `b` in the order of their bytes.
const fn order(a: &str, b: &str) -> i8 {
    let (a, b, mut i) = (a.as_bytes(), b.as_bytes(), 0);
    while i < a.len() && i < b.len() {
        if a[i] != b[i] {
            return if a[i] > b[i] { 1 } else { -1 };
        }
        i += 1;
    }
    (a.len() > b.len()) as i8 - (a.len() < b.len()) as i8
}
