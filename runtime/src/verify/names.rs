//! What a checkpoint holds, as a constant: the names of a lock as a tree in which repeated blocks stand once.

use super::path::{Part, Path, Shown, order};
use super::set::Set;
use crate::dtype::DType;
use crate::schema::{Text, index, split};

/// One place of the tree: a tensor, or what holds some.
#[derive(Debug)]
pub struct Names {
    /// The tensor that has exactly this name.
    pub tensor: Option<Held>,
    /// In natural order. Two groups of indices have none in common.
    pub below: &'static [Below],
}

/// A tensor of a checkpoint.
#[derive(Clone, Copy, Debug)]
pub struct Held {
    /// The elements' dtype.
    pub dtype: DType,
    /// The extents, outermost first.
    pub shape: &'static [usize],
}

/// What lies one component further down.
#[derive(Debug)]
pub struct Below {
    /// The component, or all the indices below which there is the same.
    pub component: Component,
    /// What there is.
    pub names: Names,
}

/// A part of a name between dots.
#[derive(Clone, Copy, Debug)]
pub enum Component {
    /// Any that is no index.
    Name(&'static str),
    /// Indices, as ascending runs from and to, both inclusive.
    Indices(&'static [(usize, usize)]),
}

impl Held {
    pub(super) const fn is(&self, other: &Held) -> bool {
        self.has_shape(other.shape) && self.dtype as u8 == other.dtype as u8
    }

    pub(super) const fn has_shape(&self, shape: &[usize]) -> bool {
        let mut i = 0;
        while i < self.shape.len() && i < shape.len() {
            if self.shape[i] != shape[i] {
                return false;
            }
            i += 1;
        }
        self.shape.len() == shape.len()
    }

    pub(super) const fn shown_shape(&self) -> Shown {
        Text::new().push("[").push_numbers(self.shape).push("]")
    }

    pub(super) const fn shown(&self) -> Shown {
        Text::new().push(self.dtype.name()).push(" ").push(self.shown_shape().as_str())
    }
}

impl Component {
    /// As a part of a path: of indices, as many runs as there is room for.
    pub(super) const fn part(&self) -> Part {
        match self {
            Component::Name(name) => Part::Name(name),
            Component::Indices(runs) => Part::Set(Set::of(runs)),
        }
    }
}

/// Whether ascending runs have this index.
pub(super) const fn has(runs: &[(usize, usize)], index: usize) -> bool {
    let mut i = 0;
    while i < runs.len() {
        if runs[i].0 <= index && index <= runs[i].1 {
            return true;
        }
        i += 1;
    }
    false
}

impl Names {
    /// Indices stand first, and names behind them in the order of their bytes: of those a half is left out at each look.
    const fn child(&'static self, component: &str) -> Option<&'static Names> {
        let (mut first, mut end) = (0, self.below.len());
        while first < end
            && let Component::Indices(runs) = self.below[first].component
        {
            if let Some(index) = index(component)
                && has(runs, index)
            {
                return Some(&self.below[first].names);
            }
            first += 1;
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
    pub(super) const fn tensor_at(&'static self, path: &Path) -> Option<Held> {
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
    pub(super) const fn at(&'static self, name: &str) -> Option<&'static Names> {
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
pub(super) const fn below(place: Option<&'static Names>, name: &str) -> Option<&'static Names> {
    match place {
        Some(place) => place.at(name),
        None => None,
    }
}
