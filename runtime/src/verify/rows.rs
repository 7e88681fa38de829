//! The findings of a comparison: each is for all names that differ only in their indices.

use super::bounded::Bounded;
use super::lock_tree::LockedTensor;
use super::path::Path;
use crate::report::FindingKind;
use crate::rules::{BlocksApart, Expected, Shown};
use crate::schema::Text;

/// The most rows. Findings beyond them are only counted.
pub(super) const ROWS: usize = 128;
/// The kinds of findings, in the order in which they are reported.
pub(super) const KINDS: &[FindingKind] = FindingKind::ALL;

/// A finding for all the paths that `path` stands for.
#[derive(Clone, Copy)]
pub(super) struct Row {
    pub(super) kind: FindingKind,
    pub(super) path: Path,
    pub(super) sides: Sides,
    /// Whether it is about a tensor that a parameter is made from.
    pub(super) is_source: bool,
    /// The number of the parameter, if the lock has no tensor of it.
    pub(super) absent: Option<usize>,
    /// Of what is missing: what hides it.
    pub(super) hiding: Option<Hiding>,
}

/// The pattern that hides a tensor of the lock.
#[derive(Clone, Copy)]
pub(super) struct Hiding {
    pub(super) pattern: &'static str,
    /// The number of components of the path that lead to the module whose type has the pattern.
    pub(super) depth: usize,
    /// Whether an `Option` in place of the parameter is a remedy.
    pub(super) may_be_option: bool,
}

// there is no Box in `const` evaluation
#[allow(clippy::large_enum_variant)]
/// What was expected and what was found.
#[derive(Clone, Copy)]
pub(super) enum Sides {
    /// Tensors. Their text is made at the end, when all dims are bound.
    Tensor(Option<Expected>, Option<LockedTensor>),
    /// A layout that takes blocks apart.
    Blocks(BlocksApart),
    /// Anything else.
    Text { expected: Shown, found: Shown, hint: &'static str },
}

impl Row {
    pub(super) const fn of_tensor(
        kind: FindingKind,
        path: Path,
        expected: Option<Expected>,
        found: Option<LockedTensor>,
    ) -> Row {
        Row { kind, path, sides: Sides::Tensor(expected, found), is_source: false, absent: None, hiding: None }
    }

    pub(super) const fn of_blocks(path: Path, apart: BlocksApart) -> Row {
        let sides = Sides::Blocks(apart);
        Row { kind: FindingKind::DType, path, sides, is_source: false, absent: None, hiding: None }
    }

    pub(super) const fn of_text(
        kind: FindingKind,
        path: Path,
        expected: Shown,
        found: Shown,
        hint: &'static str,
    ) -> Row {
        Row { kind, path, sides: Sides::Text { expected, found, hint }, is_source: false, absent: None, hiding: None }
    }

    /// The same, with nothing expected.
    pub(super) const fn found(kind: FindingKind, path: Path, found: Shown, hint: &'static str) -> Row {
        Row::of_text(kind, path, Text::new(), found, hint)
    }
}

#[derive(Clone, Copy)]
pub(super) struct Rows {
    rows: Bounded<Row, ROWS>,
    /// How many findings of each kind there was no room for.
    more: [usize; KINDS.len()],
}

impl Rows {
    pub(super) const EMPTY: Rows = Rows { rows: Bounded::EMPTY, more: [0; KINDS.len()] };

    pub(super) const fn push(&mut self, row: Row) {
        if self.rows.len == ROWS {
            self.more[row.kind as usize] += row.path.count();
        } else {
            self.rows.push(row);
        }
    }

    pub(super) const fn len(&self) -> usize {
        self.rows.len
    }

    /// Takes the last rows back, but for the first `len`.
    pub(super) const fn cut(&mut self, len: usize) {
        self.rows.len = len;
    }

    pub(super) const fn get(&self, at: usize) -> Option<&Row> {
        self.rows.get(at)
    }

    pub(super) const fn get_mut(&mut self, at: usize) -> Option<&mut Row> {
        self.rows.get_mut(at)
    }

    /// Takes a row out.
    pub(super) const fn remove(&mut self, at: usize) {
        let mut i = at;
        while i + 1 < self.rows.len {
            self.rows.swap(i, i + 1);
            i += 1;
        }
        self.rows.len -= 1;
    }

    /// How many findings of a kind there are.
    pub(super) const fn count(&self, kind: FindingKind) -> usize {
        let (mut count, mut i) = (self.more[kind as usize], 0);
        while let Some(row) = self.get(i) {
            if row.kind as u8 == kind as u8 {
                count += row.path.count();
            }
            i += 1;
        }
        count
    }

    /// The first row of a kind that is about the tensor of this path.
    pub(super) const fn about(&mut self, kind: FindingKind, path: &Path) -> Option<&mut Row> {
        let mut i = 0;
        while let Some(row) = self.rows.get(i) {
            if row.kind as u8 == kind as u8 && row.path.is(path) {
                return self.rows.get_mut(i);
            }
            i += 1;
        }
        None
    }

    pub(super) const fn is_empty(&self) -> bool {
        let (mut sum, mut i) = (self.rows.len, 0);
        while i < KINDS.len() {
            sum += self.more[i];
            i += 1;
        }
        sum == 0
    }
}
