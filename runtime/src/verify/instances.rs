//! The tensors of a lock that are one field's, as an item of lists.

use super::comparison::Comparison;
use super::lock_tree::{LockTree, LockedTensor};
use super::path::Path;
use crate::rules::{Expected, Instances};

/// A tensor that does not fit.
#[derive(Clone, Copy)]
pub(super) struct Unfit<'u> {
    pub(super) path: &'u Path,
    pub(super) expected: &'u Expected,
    pub(super) tensor: &'u LockedTensor,
    /// Whether it is its dtype that does not fit.
    pub(super) by_dtype: bool,
}

impl Comparison {
    /// Those that are the same field's as one that does not fit.
    pub(super) const fn instances(&self, unfit: Unfit<'_>) -> Instances {
        unfit.add_below(self.lock, 0, 1, Instances::NONE)
    }
}

impl Unfit<'_> {
    /// Adds those at and below a place, which stands for `times` places and is at component `at` of the path.
    const fn add_below(&self, place: &'static LockTree, at: usize, times: usize, all: Instances) -> Instances {
        let mut all = all;
        if at == self.path.len() {
            if let Some(tensor) = &place.tensor {
                all.add(times, self.is_alike(tensor), self.fits(tensor));
            }
            return all;
        }
        let Some(stem) = self.path.stem(at) else {
            let component = self.path.component(at).0;
            let name = component.as_str().as_bytes();
            return match place.branch(name, 0, name.len()) {
                Some(branch) => self.add_below(&branch.names, at + 1, times, all),
                None => all,
            };
        };
        let mut i = 0;
        while i < place.below.len() {
            let (branch, mut count, mut k) = (&place.below[i], 0usize, 0);
            let items = branch.component.items(stem);
            while k < items.runs().len() {
                let (from, to) = items.runs()[k];
                count = count.saturating_add(to - from).saturating_add(1);
                k += 1;
            }
            if count > 0 {
                all = self.add_below(&branch.names, at + 1, times.saturating_mul(count), all);
            }
            i += 1;
        }
        all
    }

    const fn is_alike(&self, other: &LockedTensor) -> bool {
        match self.by_dtype {
            true => self.tensor.dtype as u8 == other.dtype as u8,
            false => equal_shapes(self.tensor.shape, other.shape),
        }
    }

    const fn fits(&self, other: &LockedTensor) -> bool {
        match self.by_dtype {
            true => self.expected.accepts(other.dtype).is_some(),
            false => self.expected.fits(other.shape),
        }
    }
}

const fn equal_shapes(a: &[usize], b: &[usize]) -> bool {
    let mut i = 0;
    while i < a.len() && i < b.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    a.len() == b.len()
}
