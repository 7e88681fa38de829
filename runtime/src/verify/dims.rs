//! The data of named dims: their numbers, and the expressions that wait for them.

use super::bounded::Bounded;
use super::path::Path;
use crate::rules::Shown;
use crate::schema::{Expression, same};

/// The most named dims.
const MOST: usize = 32;

/// An expression that a number of the lock must be equal to, of which too few names are bound to tell.
#[derive(Clone, Copy)]
pub(super) struct Waiting {
    pub(super) expression: Expression,
    pub(super) value: usize,
    /// The path of the parameter, or of the list, that has the number.
    pub(super) path: Path,
    /// The parameter, by its number; `usize::MAX` for a list.
    pub(super) parameter: usize,
}

#[derive(Clone, Copy)]
pub(super) struct Dims {
    /// The names that are bound, in the order in which they were.
    numbers: [(&'static str, usize); MOST],
    /// The path that bound each of them.
    by: Bounded<Shown, MOST>,
    pub(super) waiting: Bounded<Waiting, 128>,
    /// The parameters that fit but for what waits, by number, and for how many each stands.
    fitting: Bounded<(usize, usize), 128>,
}

impl Dims {
    pub(super) const EMPTY: Dims =
        Dims { numbers: [("", 0); MOST], by: Bounded::EMPTY, waiting: Bounded::EMPTY, fitting: Bounded::EMPTY };

    /// The same names, with nothing that waits for them.
    pub(super) const fn bound(&self) -> Dims {
        Dims { numbers: self.numbers, by: self.by, ..Dims::EMPTY }
    }

    /// The names that are bound, with their numbers.
    pub(super) const fn numbers(&self) -> &[(&'static str, usize)] {
        self.numbers.split_at(self.by.len).0
    }

    /// The number of a name, and the path that bound it.
    pub(super) const fn get(&self, name: &str) -> Option<(usize, &Shown)> {
        let mut i = 0;
        while let Some(by) = self.by.get(i) {
            if same(self.numbers[i].0, name) {
                return Some((self.numbers[i].1, by));
            }
            i += 1;
        }
        None
    }

    /// Binds a name that is not bound.
    pub(super) const fn insert(&mut self, name: &'static str, value: usize, by: Shown) {
        self.numbers[self.by.len] = (name, value);
        self.by.push(by);
    }

    /// Notes that a parameter fits, which stands for `times`, but for the expressions that wait.
    pub(super) const fn fits(&mut self, parameter: usize, times: usize) {
        let mut i = 0;
        while let Some(one) = self.waiting.get(i) {
            if one.parameter == parameter {
                self.fitting.push((parameter, times));
                return;
            }
            i += 1;
        }
    }

    /// Takes back that a parameter fits, and says how many it stands for.
    pub(super) const fn fits_not(&mut self, parameter: usize) -> usize {
        let mut i = 0;
        while let Some((number, times)) = self.fitting.get_mut(i) {
            if *number == parameter {
                return core::mem::replace(times, 0);
            }
            i += 1;
        }
        0
    }

    /// Adds where the numbers in an expression come from: `, where hidden = 64 (from `embed.weight`)`.
    pub(super) const fn push_origins(&self, text: Shown, expression: &Expression) -> Shown {
        let (mut text, mut before, mut at) = (text, ", where ", 0);
        while at < expression.steps().len() {
            if let (true, Some(name)) = (expression.is_first(at), expression.name_at(at))
                && let Some((number, by)) = self.get(name)
            {
                text = text.push(before).push(name).push(" = ").push_number(number);
                text = text.push(" (from `").push_text(by).push("`)");
                before = " and ";
            }
            at += 1;
        }
        text
    }
}
