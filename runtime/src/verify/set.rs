//! Sets of indices.

use crate::schema::Text;

/// The most runs of indices in one set. Further runs make another set.
const RUNS: usize = 8;

/// The most indices that are told apart where a pattern may name any of them.
pub(super) const ALONE: usize = 4096;

/// Indices, as ascending runs from and to, both inclusive.
#[derive(Clone, Copy)]
pub(super) struct Set {
    runs: [(usize, usize); RUNS],
    len: usize,
}

impl Set {
    pub(super) const fn runs(&self) -> &[(usize, usize)] {
        self.runs.split_at(self.len).0
    }

    pub(super) const EMPTY: Set = Set { runs: [(0, 0); RUNS], len: 0 };

    pub(super) const fn one(index: usize) -> Set {
        Set::run(index, index)
    }

    /// A run of indices.
    pub(super) const fn run(from: usize, to: usize) -> Set {
        Set::EMPTY.push(from, to)
    }

    const fn push(mut self, from: usize, to: usize) -> Set {
        self.runs[self.len] = (from, to);
        self.len += 1;
        self
    }

    /// The indices in `from..to` of ascending runs, beginning at run `*next`: as many runs as there is room for. `None`
    /// after the last. A `to` of `usize::MAX` is no limit.
    pub(super) const fn next(runs: &[(usize, usize)], next: &mut usize, from: usize, to: usize) -> Option<Set> {
        let mut set = Set::EMPTY;
        while *next < runs.len() && set.len < RUNS {
            let (first, last) = runs[*next];
            *next += 1;
            if (first < to && from < to || to == usize::MAX) && last >= from {
                set = set.push(
                    if first < from { from } else { first },
                    if last < to || to == usize::MAX { last } else { to - 1 },
                );
            }
        }
        if set.len == 0 { None } else { Some(set) }
    }

    pub(super) const fn count(&self) -> usize {
        let (mut count, mut i) = (0, 0);
        while i < self.len {
            count = (self.runs[i].1 - self.runs[i].0).saturating_add(1).saturating_add(count);
            i += 1;
        }
        count
    }

    pub(super) const fn first(&self) -> usize {
        self.runs[0].0
    }

    pub(super) const fn last(&self) -> usize {
        self.runs[self.len - 1].1
    }

    /// Index number `n` of the set.
    pub(super) const fn nth(&self, n: usize) -> usize {
        let (mut left, mut i) = (n, 0);
        while i + 1 < self.len && left > self.runs[i].1 - self.runs[i].0 {
            left -= self.runs[i].1 - self.runs[i].0 + 1;
            i += 1;
        }
        self.runs[i].0 + left
    }

    pub(super) const fn is(&self, other: &Set) -> bool {
        let mut i = 0;
        while i < self.len && i < other.len {
            if self.runs[i].0 != other.runs[i].0 || self.runs[i].1 != other.runs[i].1 {
                return false;
            }
            i += 1;
        }
        self.len == other.len
    }

    /// The indices in `from..to` of ascending runs: as many runs as there is room for.
    pub(super) const fn of(runs: &[(usize, usize)], from: usize, to: usize) -> Set {
        match Set::next(runs, &mut 0, from, to) {
            Some(set) => set,
            None => Set::EMPTY,
        }
    }

    /// The indices that `other` has too, and those that it has not; `None` if there is no room for their runs.
    pub(super) const fn split(&self, other: &Set) -> Option<(Set, Set)> {
        let (mut both, mut rest, mut i) = (Set::EMPTY, Set::EMPTY, 0);
        while i < self.len {
            let (from, to) = self.runs[i];
            let (mut at, mut k) = (from, 0);
            while k < other.len {
                let first = if other.runs[k].0 > at { other.runs[k].0 } else { at };
                let last = if other.runs[k].1 < to { other.runs[k].1 } else { to };
                if first <= last && at <= to {
                    if both.len == RUNS || rest.len + 1 >= RUNS {
                        return None;
                    }
                    both = both.push(first, last);
                    if at < first {
                        rest = rest.push(at, first - 1);
                    }
                    at = last.saturating_add(1);
                }
                k += 1;
            }
            if at <= to {
                if rest.len == RUNS {
                    return None;
                }
                rest = rest.push(at, to);
            }
            i += 1;
        }
        Some((both, rest))
    }

    /// The indices of both; `None` if there is no room for their runs.
    pub(super) const fn with(&self, other: &Set) -> Option<Set> {
        let (mut out, mut i, mut k) = (Set::EMPTY, 0, 0);
        while i < self.len || k < other.len {
            let is_ours = k == other.len || (i < self.len && self.runs[i].0 < other.runs[k].0);
            let (from, to) = if is_ours { self.runs[i] } else { other.runs[k] };
            if is_ours {
                i += 1;
            } else {
                k += 1;
            }
            if out.len > 0 && out.runs[out.len - 1].1.saturating_add(1) == from {
                out.runs[out.len - 1].1 = to;
            } else if out.len == RUNS {
                return None;
            } else {
                out = out.push(from, to);
            }
        }
        Some(out)
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// `{0..=2, 5}`, or a bare index.
    pub(super) const fn push_to<const N: usize>(&self, text: Text<N>) -> Text<N> {
        if self.len == 1 && self.runs[0].0 == self.runs[0].1 {
            return text.push_number(self.runs[0].0);
        }
        let (mut text, mut i) = (text.push("{"), 0);
        while i < self.len {
            let (from, to) = self.runs[i];
            text = text.push(if i == 0 { "" } else { ", " }).push_number(from);
            if from != to {
                text = text.push("..=").push_number(to);
            }
            i += 1;
        }
        text.push("}")
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
