//! A lock as a constant: its names as a tree that has repeated blocks once.

use weighbridge_checkpoint::DType;

use super::set::has;
use crate::rules::Shown;
use crate::schema::{Stem, Text, equal, index_of};

/// One place of the tree: a tensor, or a prefix of names.
#[derive(Debug)]
pub struct LockTree {
    /// The tensor that has exactly this name.
    pub tensor: Option<LockedTensor>,
    /// What is numbered stands first, and of that the indices. Names follow in the order of their bytes.
    pub below: &'static [Branch],
}

/// A tensor of a checkpoint.
#[derive(Clone, Copy, Debug)]
pub struct LockedTensor {
    /// The elements' dtype.
    pub dtype: DType,
    /// The extents, outermost first.
    pub shape: &'static [usize],
}

/// The names one component further down.
#[derive(Debug)]
pub struct Branch {
    /// The component, or all that have the same names below them and differ in a number.
    pub component: Component,
    /// The names below it.
    pub names: LockTree,
}

/// A part of a name between dots.
#[derive(Clone, Copy, Debug)]
pub enum Component {
    /// One text.
    Name(&'static str),
    /// Numbers that have the same texts around them, as ascending runs from and to, both inclusive. Those without a text are
    /// indices. There is no other number in the texts.
    Numbered(Stem, &'static [(usize, usize)]),
}

impl LockedTensor {
    pub(super) const fn is(&self, other: &LockedTensor) -> bool {
        let mut i = 0;
        while i < self.shape.len() && i < other.shape.len() {
            if self.shape[i] != other.shape[i] {
                return false;
            }
            i += 1;
        }
        self.shape.len() == other.shape.len() && self.dtype as u8 == other.dtype as u8
    }

    pub(super) const fn shown_shape(&self) -> Shown {
        Text::new().push("[").push_numbers(self.shape).push("]")
    }

    pub(super) const fn shown(&self) -> Shown {
        Text::new().push(self.dtype.name()).push(" ").push_text(&self.shown_shape())
    }
}

/// The indices of a component for a list whose items have a certain stem.
#[derive(Clone, Copy)]
pub(super) enum Items {
    None,
    One((usize, usize)),
    Runs(&'static [(usize, usize)]),
}

impl Items {
    /// As ascending runs from and to, both inclusive.
    pub(super) const fn runs(&self) -> &[(usize, usize)] {
        match self {
            Items::None => &[],
            Items::One(run) => core::slice::from_ref(run),
            Items::Runs(runs) => runs,
        }
    }
}

impl Component {
    /// The items that it stands for, in a list whose items have this stem.
    pub(super) const fn items(&self, stem: &Stem) -> Items {
        match self {
            Component::Numbered(own, runs) if own.is(stem) => Items::Runs(runs),
            Component::Name(name) if !stem.is_bare() => match stem.index(name) {
                Some(index) => Items::One((index, index)),
                None => Items::None,
            },
            _ => Items::None,
        }
    }

    /// How many components it stands for.
    pub(super) const fn count(&self) -> usize {
        let Component::Numbered(_, runs) = self else { return 1 };
        let (mut count, mut i) = (0usize, 0);
        while i < runs.len() {
            count = count.saturating_add((runs[i].1 - runs[i].0).saturating_add(1));
            i += 1;
        }
        count
    }
}

impl LockTree {
    /// How many tensors there are.
    pub(super) const fn count(&self) -> usize {
        let (mut count, mut i) = (self.tensor.is_some() as usize, 0);
        while i < self.below.len() {
            let below = self.below[i].component.count().saturating_mul(self.below[i].names.count());
            count = below.saturating_add(count);
            i += 1;
        }
        count
    }

    /// The branch of the component `from..to` of a name. Names are searched by halves.
    ///
    /// The interpreter pays for each call and each step, so nothing is cut out of the name.
    pub(super) const fn branch(&'static self, name: &[u8], from: usize, to: usize) -> Option<&'static Branch> {
        let (mut first, mut end) = (0, self.below.len());
        if first < end && matches!(self.below[0].component, Component::Numbered(..)) {
            let component = name.split_at(to).0.split_at(from).1;
            let number = first_number(component);
            while first < end
                && let Component::Numbered(stem, runs) = &self.below[first].component
            {
                if let Some((before, number, behind)) = number
                    && has(runs, number)
                    && equal(stem.before.as_bytes(), before)
                    && equal(stem.behind.as_bytes(), behind)
                {
                    return Some(&self.below[first]);
                }
                first += 1;
            }
        }
        while first < end {
            let middle = first + (end - first) / 2;
            let Component::Name(own) = self.below[middle].component else { return None };
            let (own, mut i) = (own.as_bytes(), 0);
            while i < own.len() && from + i < to && own[i] == name[from + i] {
                i += 1;
            }
            if from + i < to && (i == own.len() || own[i] < name[from + i]) {
                first = middle + 1;
            } else if i < own.len() {
                end = middle;
            } else {
                return Some(&self.below[middle]);
            }
        }
        None
    }

    /// The place below this one, through every component of `name`. An empty name is the place itself.
    pub(super) const fn at(&'static self, name: &str) -> Option<&'static LockTree> {
        let (name, mut place, mut from) = (name.as_bytes(), self, 0);
        while from < name.len() {
            let to = component_end(name, from);
            match place.branch(name, from, to) {
                Some(branch) => place = &branch.names,
                None => return None,
            }
            from = to + 1;
        }
        Some(place)
    }
}

/// The first number of a component, and what stands around it.
const fn first_number(component: &[u8]) -> Option<(&[u8], usize, &[u8])> {
    let mut from = 0;
    while from < component.len() && !component[from].is_ascii_digit() {
        from += 1;
    }
    let mut to = from;
    while to < component.len() && component[to].is_ascii_digit() {
        to += 1;
    }
    let (before, rest) = component.split_at(from);
    let (digits, behind) = rest.split_at(to - from);
    match index_of(digits) {
        Some(number) => Some((before, number, behind)),
        None => None,
    }
}

/// Where the component of a name ends that begins at `from`.
pub(super) const fn component_end(name: &[u8], from: usize) -> usize {
    let mut to = from;
    while to < name.len() && name[to] != b'.' {
        to += 1;
    }
    to
}

/// The place below another, if both are there.
pub(super) const fn below(place: Option<&'static LockTree>, name: &str) -> Option<&'static LockTree> {
    match place {
        Some(place) => place.at(name),
        None => None,
    }
}

/// The names before and behind the index in a source's name.
pub(super) const fn around_index(name: &'static str) -> Option<(&'static str, &'static str)> {
    let bytes = name.as_bytes();
    let mut i = 0;
    while i + 1 < bytes.len() {
        if bytes[i] == b'{' && bytes[i + 1] == b'}' {
            let (before, rest) = (name.split_at(i).0, name.split_at(i + 2).1);
            let before = if i == 0 { before } else { before.split_at(i - 1).0 };
            return Some((before, if rest.is_empty() { rest } else { rest.split_at(1).1 }));
        }
        i += 1;
    }
    None
}
