//! What a check while compiling has found: rows of a report, each for all the names that differ in their indices alone.

use super::lock_tree::LockedTensor;
use super::path::{Path, Shown};
use crate::report::FindingKind;
use crate::rules::Expected;
use crate::schema::Text;

/// The most rows. A report shows at most as many of one kind; what is beyond them is counted.
pub(super) const ROWS: usize = 128;
/// The kinds of findings, in the order in which they are reported.
pub(super) const KINDS: &[FindingKind] = FindingKind::ALL;

/// One finding, of all the names that its path stands for.
#[derive(Clone, Copy)]
pub(super) struct Row {
    pub(super) kind: FindingKind,
    pub(super) path: Path,
    pub(super) sides: Sides,
    /// A tensor that a parameter is made from, and not a parameter.
    pub(super) is_source: bool,
    /// The number of the parameter of which nothing is there.
    pub(super) absent: Option<usize>,
}

// there is no Box in `const` evaluation
#[allow(clippy::large_enum_variant)]
/// What was expected and what was found.
#[derive(Clone, Copy)]
pub(super) enum Sides {
    /// A tensor of the file. Its text is made in the end, when it is known which dims are bound.
    Tensor(Option<Expected>, Option<LockedTensor>),
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
        Row { kind, path, sides: Sides::Tensor(expected, found), is_source: false, absent: None }
    }

    pub(super) const fn of_text(
        kind: FindingKind,
        path: Path,
        expected: Shown,
        found: Shown,
        hint: &'static str,
    ) -> Row {
        Row { kind, path, sides: Sides::Text { expected, found, hint }, is_source: false, absent: None }
    }

    /// The same where nothing is expected.
    pub(super) const fn found(kind: FindingKind, path: Path, found: Shown, hint: &'static str) -> Row {
        Row::of_text(kind, path, Text::new(), found, hint)
    }
}

#[derive(Clone, Copy)]
pub(super) struct Rows {
    rows: [Option<Row>; ROWS],
    pub(super) len: usize,
    /// How many findings of each kind there was no room for.
    pub(super) more: [usize; KINDS.len()],
}

impl Rows {
    pub(super) const EMPTY: Rows = Rows { rows: [None; ROWS], len: 0, more: [0; KINDS.len()] };

    pub(super) const fn push(&mut self, row: Row) {
        if self.len == ROWS {
            self.more[row.kind as usize] += row.path.count();
        } else {
            self.rows[self.len] = Some(row);
            self.len += 1;
        }
    }

    pub(super) const fn get(&self, at: usize) -> Option<&Row> {
        if at < self.len { self.rows[at].as_ref() } else { None }
    }

    pub(super) const fn get_mut(&mut self, at: usize) -> Option<&mut Row> {
        if at < self.len { self.rows[at].as_mut() } else { None }
    }

    /// Takes a row out.
    pub(super) const fn remove(&mut self, at: usize) {
        let mut i = at;
        while i + 1 < self.len {
            self.rows[i] = self.rows[i + 1];
            i += 1;
        }
        self.len -= 1;
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
        while i < self.len {
            if let Some(row) = &self.rows[i]
                && row.kind as u8 == kind as u8
                && row.path.is(path)
            {
                return self.rows[i].as_mut();
            }
            i += 1;
        }
        None
    }

    pub(super) const fn is_empty(&self) -> bool {
        let (mut sum, mut i) = (self.len, 0);
        while i < KINDS.len() {
            sum += self.more[i];
            i += 1;
        }
        sum == 0
    }
}
