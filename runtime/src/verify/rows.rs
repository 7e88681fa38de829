//! What a check while compiling has found: rows of a report, each for all the names that differ in their indices alone.

use super::names::Held;
use super::path::{Path, Shown};
use crate::plan::{Hint, Wish};
use crate::report::Class;
use crate::schema::Text;

/// The most rows. A report shows at most as many of one class; what is beyond them is counted.
pub(super) const ROWS: usize = 128;
/// The most hints of a row.
pub(super) const HINTS: usize = 8;
/// The number of classes.
pub(super) const CLASSES: usize = 9;

/// In the order in which they are reported.
pub(super) const ORDER: [Class; CLASSES] = [
    Class::Missing,
    Class::Unexpected,
    Class::Shape,
    Class::DType,
    Class::Duplicate,
    Class::Name,
    Class::Dim,
    Class::Tied,
    Class::Variant,
];

#[derive(Clone, Copy)]
pub(super) struct Row {
    pub(super) class: Class,
    pub(super) path: Path,
    /// What was wished for; what is missing, or has another shape, is shown with the dimensions that are bound in the end.
    pub(super) wish: Option<Wish>,
    /// What is there.
    pub(super) tensor: Option<Held>,
    pub(super) expected: Shown,
    pub(super) found: Shown,
    pub(super) hints: [Hint; HINTS],
    pub(super) hint_count: usize,
    /// The optional part that is there only in half.
    pub(super) optional: Option<Shown>,
    /// The parameters that are made from it, if it is none itself: all but the last of them, and the last.
    pub(super) part_of: (Shown, Shown),
    /// A tensor that a parameter is made from, and not a parameter.
    pub(super) is_part: bool,
    /// The parameter that is missing, by its number; all of it.
    pub(super) number: usize,
    pub(super) is_whole: bool,
    /// It was folded into another row.
    pub(super) is_gone: bool,
}

impl Row {
    pub(super) const fn new(class: Class, path: Path) -> Row {
        Row {
            class,
            path,
            wish: None,
            tensor: None,
            expected: Text::new(),
            found: Text::new(),
            hints: [Text::new(); HINTS],
            hint_count: 0,
            optional: None,
            part_of: (Text::new(), Text::new()),
            is_part: false,
            number: 0,
            is_whole: false,
            is_gone: false,
        }
    }

    pub(super) const fn hint(mut self, hint: Hint) -> Row {
        if self.hint_count < HINTS {
            self.hints[self.hint_count] = hint;
            self.hint_count += 1;
        }
        self
    }

    /// The same of another path.
    pub(super) const fn at(mut self, path: Path) -> Row {
        self.path = path;
        self
    }
}

#[derive(Clone, Copy)]
pub(super) struct Rows {
    pub(super) rows: [Row; ROWS],
    pub(super) len: usize,
    /// How many findings of each class there was no room for.
    pub(super) more: [usize; CLASSES],
}

impl Rows {
    pub(super) const EMPTY: Rows =
        Rows { rows: [Row::new(Class::Missing, Path::EMPTY); ROWS], len: 0, more: [0; CLASSES] };

    pub(super) const fn push(&mut self, row: Row) {
        if self.len == ROWS {
            self.more[row.class as usize] += row.path.count();
        } else {
            self.rows[self.len] = row;
            self.len += 1;
        }
    }

    /// Splits what is missing and what is unexpected until every two of them have the same indices of a list, or none in
    /// common: so that each name is seen beside each other, as if it stood alone. What is alike is folded again.
    pub(super) const fn align(&mut self) {
        let mut i = 0;
        while i < self.len {
            let mut k = 0;
            while k < self.len && self.len < ROWS {
                let (a, b) = (self.rows[i], self.rows[k]);
                let are_apart = matches!(
                    (a.class, b.class),
                    (Class::Missing, Class::Unexpected) | (Class::Unexpected, Class::Missing)
                );
                match a.path.split(&b.path) {
                    Some((with, without)) if are_apart => {
                        self.rows[i].path = with;
                        self.rows[self.len] = a;
                        self.rows[self.len].path = without;
                        self.len += 1;
                        k = 0;
                    }
                    _ => k += 1,
                }
            }
            i += 1;
        }
    }

    /// Says one more thing of a row.
    pub(super) const fn hint(&mut self, at: usize, hint: Hint) {
        self.rows[at] = self.rows[at].hint(hint);
    }

    pub(super) const fn has_room(&self) -> bool {
        self.len < ROWS
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

    /// How many findings of a class there are.
    pub(super) const fn count(&self, class: Class) -> usize {
        let (mut count, mut i) = (self.more[class as usize], 0);
        while i < self.len {
            if self.rows[i].class as u8 == class as u8 && !self.rows[i].is_gone {
                count += self.rows[i].path.count();
            }
            i += 1;
        }
        count
    }

    pub(super) const fn is_empty(&self) -> bool {
        let (mut sum, mut i) = (self.len, 0);
        while i < CLASSES {
            sum += self.more[i];
            i += 1;
        }
        sum == 0
    }
}
