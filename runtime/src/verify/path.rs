//! Paths that stand for several: a component may be a set of indices.

use super::set::Set;
use super::shown::push_shown;
use crate::schema::{Text, index, same, split};

/// The most components of a path. There is no allocation in `const` evaluation.
const DEPTH: usize = 16;
/// A path as it is shown.
pub(super) type Shown = Text<512>;

#[derive(Clone, Copy)]
pub(super) enum Part {
    Name(&'static str),
    Set(Set),
}

#[derive(Clone, Copy)]
pub(super) struct Path {
    parts: [Part; DEPTH],
    len: usize,
}

/// What begins and ends the number of a path's component in a hint, for which the component itself is shown.
const MARK: (&str, &str) = ("\u{1}", "\u{2}");

impl Part {
    const fn is(&self, other: &Part) -> bool {
        match (self, other) {
            (Part::Name(a), Part::Name(b)) => same(a, b),
            (Part::Set(a), Part::Set(b)) => a.is(b),
            _ => false,
        }
    }
}

impl Path {
    pub(super) const EMPTY: Path = Path { parts: [Part::Name(""); DEPTH], len: 0 };

    pub(super) const fn len(&self) -> usize {
        self.len
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(super) const fn cut(&mut self, len: usize) {
        self.len = len;
    }

    pub(super) const fn push(&mut self, part: Part) {
        assert!(
            self.len < DEPTH,
            "a name of more than 16 components cannot be verified while compiling; remove `verify`"
        );
        self.parts[self.len] = part;
        self.len += 1;
    }

    /// Every component of a name.
    pub(super) const fn push_name(&mut self, name: &'static str) {
        let mut rest = Some(name);
        while let Some(text) = rest {
            let (first, others) = split(text);
            rest = if first.len() == text.len() { None } else { Some(others) };
            match index(first) {
                Some(index) => self.push(Part::Set(Set::one(index))),
                None => self.push(Part::Name(first)),
            }
        }
    }

    pub(super) const fn joined(mut self, name: &'static str) -> Path {
        self.push_name(name);
        self
    }

    pub(super) const fn is(&self, other: &Path) -> bool {
        self.len == other.len && self.begins(other)
    }

    /// Whether the first components are those of `other`.
    pub(super) const fn begins(&self, other: &Path) -> bool {
        if self.len < other.len {
            return false;
        }
        let mut i = 0;
        while i < other.len {
            if !self.parts[i].is(&other.parts[i]) {
                return false;
            }
            i += 1;
        }
        true
    }

    /// How many of the first components are those of `other`.
    pub(super) const fn common(&self, other: &Path) -> usize {
        let mut i = 0;
        while i < self.len && i < other.len && self.parts[i].is(&other.parts[i]) {
            i += 1;
        }
        i
    }

    /// Whether the first components are those of `other`, or have its index among theirs.
    pub(super) const fn leads_to(&self, other: &Path) -> bool {
        if self.len < other.len {
            return false;
        }
        let mut i = 0;
        while i < other.len {
            match (&self.parts[i], &other.parts[i]) {
                (Part::Set(own), Part::Set(set)) if set.count() == 1 && super::names::has(own.runs(), set.first()) => {}
                (own, part) if own.is(part) => {}
                _ => return false,
            }
            i += 1;
        }
        true
    }

    /// Whether another path may stand before this one.
    pub(super) const fn has_room_for(&self, other: &Path) -> bool {
        self.len + other.len <= DEPTH
    }

    /// `other`, and what of this lies behind the first `from` components.
    pub(super) const fn rest_below(&self, from: usize, other: &Path) -> Path {
        let (mut path, mut i) = (*other, from);
        while i < self.len {
            path.push(self.parts[i]);
            i += 1;
        }
        path
    }

    /// A component of the first name, and the number that it is if it is an index.
    pub(super) const fn component(&self, i: usize) -> (Shown, Option<usize>) {
        match &self.parts[i] {
            Part::Name(name) => (Text::new().push(name), None),
            Part::Set(set) => (Text::new().push_number(set.first()), Some(set.first())),
        }
    }

    /// A component, counted from the last one, if it is no index.
    pub(super) const fn name_from_end(&self, i: usize) -> Option<&'static str> {
        match self.len.checked_sub(i + 1) {
            Some(i) => match self.parts[i] {
                Part::Name(name) => Some(name),
                Part::Set(_) => None,
            },
            None => None,
        }
    }

    /// The path of what is called `name` beside this.
    pub(super) const fn sibling(mut self, name: &'static str) -> Path {
        self.len = self.len.saturating_sub(1);
        self.push(Part::Name(name));
        self
    }

    /// Whether the first path that `other` stands for is among those that this stands for.
    pub(super) const fn has_first_of(&self, other: &Path) -> bool {
        let mut i = 0;
        while i < self.len && i < other.len {
            match (&self.parts[i], &other.parts[i]) {
                (Part::Set(own), Part::Set(set)) if super::names::has(own.runs(), set.first()) => {}
                (a, b) if a.is(b) => {}
                _ => return false,
            }
            i += 1;
        }
        self.len == other.len
    }

    /// This path in two, with the first of the indices at `position` and with the others, if there are several.
    pub(super) const fn first_at(&self, position: usize) -> Option<(Path, Path)> {
        let Part::Set(set) = &self.parts[position] else { return None };
        let (mut first, mut others) = (*self, *self);
        match set.split(&Set::one(set.first())) {
            Some((one, rest)) if !rest.is_empty() => {
                (first.parts[position], others.parts[position]) = (Part::Set(one), Part::Set(rest));
                Some((first, others))
            }
            _ => None,
        }
    }

    /// What lies behind `prefix`, with a dot between, of the first path that this stands for.
    pub(super) const fn behind(&self, prefix: &Path) -> Option<Shown> {
        if self.len <= prefix.len {
            return None;
        }
        let mut i = 0;
        while i < prefix.len {
            match (&self.parts[i], &prefix.parts[i]) {
                (Part::Set(own), Part::Set(set)) if super::names::has(set.runs(), own.first()) => {}
                (a, b) if a.is(b) => {}
                _ => return None,
            }
            i += 1;
        }
        let mut rest = Path::EMPTY;
        let first = self.nth(0);
        while i < self.len {
            rest.push(first.parts[i]);
            i += 1;
        }
        Some(rest.shown())
    }

    /// How many paths it stands for.
    pub(super) const fn count(&self) -> usize {
        self.count_below(0)
    }

    /// How many paths it stands for, of each that its first `depth` components stand for.
    pub(super) const fn count_below(&self, depth: usize) -> usize {
        let (mut count, mut i) = (1, depth);
        while i < self.len {
            if let Part::Set(set) = &self.parts[i] {
                count = set.count().saturating_mul(count);
            }
            i += 1;
        }
        count
    }

    /// Path number `n` of those it stands for.
    pub(super) const fn nth(&self, n: usize) -> Path {
        self.nth_below(0, n)
    }

    /// The same of those that the components behind the first `depth` stand for, which stay as they are.
    pub(super) const fn nth_below(&self, depth: usize, n: usize) -> Path {
        let (mut path, mut left, mut i) = (*self, n, self.len);
        while i > depth {
            i -= 1;
            if let Part::Set(set) = &self.parts[i] {
                path.parts[i] = Part::Set(Set::one(set.nth(left % set.count())));
                left /= set.count();
            }
        }
        path
    }

    /// The natural order of the first names: whether this one stands behind `other`.
    pub(super) const fn is_after(&self, other: &Path) -> bool {
        let mut i = 0;
        while i < self.len && i < other.len {
            let order = match (&self.parts[i], &other.parts[i]) {
                (Part::Set(a), Part::Set(b)) if a.first() == b.first() => 0,
                (Part::Set(a), Part::Set(b)) => {
                    if a.first() > b.first() {
                        1
                    } else {
                        -1
                    }
                }
                (Part::Name(a), Part::Name(b)) => order(a, b),
                // an index stands before a name
                (Part::Set(_), Part::Name(_)) => -1,
                (Part::Name(_), Part::Set(_)) => 1,
            };
            if order != 0 {
                return order > 0;
            }
            i += 1;
        }
        self.len > other.len
    }

    /// This path in two, with and without the indices that `other` has of one list too, if `other` lacks some of them.
    pub(super) const fn split(&self, other: &Path) -> Option<(Path, Path)> {
        let mut i = 0;
        while i < self.len {
            let mut k = 0;
            while k < other.len {
                let is_same_list = match (i, k) {
                    (0, 0) => true,
                    (0, _) | (_, 0) => false,
                    _ => self.parts[i - 1].is(&other.parts[k - 1]),
                };
                if let (true, Part::Set(own), Part::Set(set)) = (is_same_list, &self.parts[i], &other.parts[k])
                    && let Some((both, rest)) = own.split(set)
                    && !both.is_empty()
                    && !rest.is_empty()
                {
                    let (mut with, mut without) = (*self, *self);
                    with.parts[i] = Part::Set(both);
                    without.parts[i] = Part::Set(rest);
                    return Some((with, without));
                }
                k += 1;
            }
            i += 1;
        }
        None
    }

    /// The two as one, if they differ in the component at `position` alone, which is indices in both.
    pub(super) const fn folded(&self, other: &Path, position: usize) -> Option<Path> {
        if self.len != other.len || position >= self.len {
            return None;
        }
        let mut i = 0;
        while i < self.len {
            if i != position && !self.parts[i].is(&other.parts[i]) {
                return None;
            }
            i += 1;
        }
        let (Part::Set(a), Part::Set(b)) = (&self.parts[position], &other.parts[position]) else { return None };
        let Some(set) = a.with(b) else { return None };
        let mut path = *self;
        path.parts[position] = Part::Set(set);
        Some(path)
    }

    pub(super) const fn shown(&self) -> Shown {
        let (mut text, mut i) = (Text::new(), 0);
        while i < self.len {
            text = push_part(text.push(if i == 0 { "" } else { "." }), &self.parts[i]);
            i += 1;
        }
        text
    }

    /// The path in a hint about `row`: indices that are the row's own are marked, so that rows fold though their hints name
    /// them.
    pub(super) const fn marked(&self, row: &Path) -> Shown {
        let (mut text, mut i) = (Text::new(), 0);
        while i < self.len {
            text = text.push(if i == 0 { "" } else { "." });
            text = match self.own(i, row) {
                Some(position) => text.push(MARK.0).push_number(position).push(MARK.1),
                None => push_part(text, &self.parts[i]),
            };
            i += 1;
        }
        text
    }

    /// The component of `row` that component `i` is, if it is the same indices of the same list.
    const fn own(&self, i: usize, row: &Path) -> Option<usize> {
        let Part::Set(set) = &self.parts[i] else { return None };
        let mut p = 0;
        while p < row.len {
            let is_same_list = match (i, p) {
                (0, 0) => true,
                (0, _) | (_, 0) => false,
                _ => self.parts[i - 1].is(&row.parts[p - 1]),
            };
            if let (true, Part::Set(own)) = (is_same_list, &row.parts[p])
                && own.is(set)
            {
                return Some(p);
            }
            p += 1;
        }
        None
    }

    /// A hint with this path's components for the marks in it.
    pub(super) const fn unmark<const N: usize>(&self, hint: &str) -> Text<N> {
        let (mut text, mut rest) = (Text::new(), hint);
        loop {
            let bytes = rest.as_bytes();
            let mut i = 0;
            while i < bytes.len() && bytes[i] != 1 {
                i += 1;
            }
            text = text.push(rest.split_at(i).0);
            if i == bytes.len() {
                return text;
            }
            let (mut position, mut end) = (0, i + 1);
            while end < bytes.len() && bytes[end] != 2 {
                position = position * 10 + (bytes[end] - b'0') as usize;
                end += 1;
            }
            text = push_part(text, &self.parts[position]);
            rest = rest.split_at(end + 1).1;
        }
    }
}

const fn push_part<const N: usize>(text: Text<N>, part: &Part) -> Text<N> {
    match part {
        Part::Name(name) => push_shown(text, name),
        Part::Set(set) => set.push_to(text),
    }
}

/// -1, 0 or 1, as the one text stands before the other.
pub(super) const fn order(a: &str, b: &str) -> i8 {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut i = 0;
    while i < a.len() && i < b.len() {
        if a[i] != b[i] {
            return if a[i] > b[i] { 1 } else { -1 };
        }
        i += 1;
    }
    (a.len() > b.len()) as i8 - (a.len() < b.len()) as i8
}
