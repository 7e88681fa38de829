//! What a checkpoint holds, as a constant: the names of a lock as a tree in which repeated blocks stand once.

use weighbridge_checkpoint::DType;

use super::path::{Path, PathComponent, Shown, order};
use super::set::{Set, has};
use crate::schema::{Text, index, split};

/// One place of the tree: a tensor, or what holds some.
#[derive(Debug)]
pub struct LockTree {
    /// The tensor that has exactly this name.
    pub tensor: Option<LockedTensor>,
    /// In natural order. Two groups of indices have none in common.
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

/// What lies one component further down.
#[derive(Debug)]
pub struct Branch {
    /// The component, or all the indices below which there is the same.
    pub component: Component,
    /// What there is.
    pub names: LockTree,
}

/// A part of a name between dots.
#[derive(Clone, Copy, Debug)]
pub enum Component {
    /// Any that is no index.
    Name(&'static str),
    /// Indices, as ascending runs from and to, both inclusive.
    Indices(&'static [(usize, usize)]),
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

impl Component {
    /// As a component of a path: of indices, as many runs as there is room for.
    pub(super) const fn of_path(&self) -> PathComponent {
        match self {
            Component::Name(name) => PathComponent::Name(name),
            Component::Indices(runs) => PathComponent::Set(Set::of(runs)),
        }
    }

    /// How many components it stands for.
    const fn count(&self) -> usize {
        let Component::Indices(runs) = self else { return 1 };
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

    /// Indices stand first, and names behind them in the order of their bytes: of those a half is left out at each look.
    const fn child(&'static self, component: &str) -> Option<&'static LockTree> {
        let (mut first, mut end) = (0, self.below.len());
        if first < end && matches!(self.below[0].component, Component::Indices(_)) {
            let number = index(component);
            while first < end
                && let Component::Indices(runs) = self.below[first].component
            {
                if let Some(number) = number
                    && has(runs, number)
                {
                    return Some(&self.below[first].names);
                }
                first += 1;
            }
        }
        while first < end {
            let middle = first + (end - first) / 2;
            let Component::Name(name) = self.below[middle].component else { return None };
            match order(name, component) {
                0 => return Some(&self.below[middle].names),
                1 => end = middle,
                _ => first = middle + 1,
            }
        }
        None
    }

    /// The tensor of the first name that a path stands for.
    pub(super) const fn tensor_at(&'static self, path: &Path) -> Option<LockedTensor> {
        let (mut place, mut i) = (self, 0);
        while i < path.len() {
            match place.child(path.component(i).0.as_str()) {
                Some(child) => place = child,
                None => return None,
            }
            i += 1;
        }
        place.tensor
    }

    /// The place below this one, through every component of `name`. An empty name is the place itself.
    pub(super) const fn at(&'static self, name: &str) -> Option<&'static LockTree> {
        let (mut place, mut rest) = (self, name);
        while !rest.is_empty() {
            let (first, others) = split(rest);
            match place.child(first) {
                Some(child) => place = child,
                None => return None,
            }
            rest = others;
        }
        Some(place)
    }
}

/// The place below one that may not be there.
pub(super) const fn below(place: Option<&'static LockTree>, name: &str) -> Option<&'static LockTree> {
    match place {
        Some(place) => place.at(name),
        None => None,
    }
}

/// How many items of a list have something under a name.
pub(super) const fn count_with(list: &'static LockTree, rest: &str) -> usize {
    let (mut count, mut i) = (0usize, 0);
    while i < list.below.len() {
        let branch = &list.below[i];
        if matches!(branch.component, Component::Indices(_)) && branch.names.at(rest).is_some() {
            count = count.saturating_add(branch.component.count());
        }
        i += 1;
    }
    count
}

/// What stands before and behind the index of a source's name.
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
