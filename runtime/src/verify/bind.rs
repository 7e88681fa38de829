//! Compares numbers of the lock with named dims and with expressions of them.

use super::bounded::Bounded;
use super::comparison::Comparison;
use super::dims::Waiting;
use super::path::Path;
use super::rows::Row;
use crate::report::FindingKind;
use crate::rules::{Shown, says};
use crate::schema::{Dim, Expression, Text, Value};

impl Comparison {
    /// Whether a dim may be this number of the lock. What is open in it is then bound. A conflict is a row.
    pub(super) const fn agrees(&mut self, dim: Dim, value: usize) -> bool {
        match dim {
            Dim::Named(name) => self.bind(name, value),
            Dim::Computed(expression) => self.require(expression, value, self.number - 1),
            Dim::Is(_) | Dim::Any => true,
        }
    }

    /// Binds a name to a number, or reports the conflict.
    pub(super) const fn bind(&mut self, name: &'static str, value: usize) -> bool {
        let expected = match self.dims.get(name) {
            None => {
                self.dims.insert(name, value, self.path.nth(0).shown());
                return true;
            }
            Some((number, _)) if number == value => return true,
            Some((number, by)) => {
                let text = Text::new().push(name).push(" = ").push_number(number);
                text.push(" (from `").push_text(by).push("`)")
            }
        };
        self.conflict(self.path, expected, value, says::ONE_NUMBER);
        false
    }

    /// Whether an expression comes out as this number. It waits if a name in it is open: others say better what that is.
    /// `parameter` is the number of the parameter, or `usize::MAX` for a list.
    pub(super) const fn require(&mut self, expression: Expression, value: usize, parameter: usize) -> bool {
        let waiting = Waiting { expression, value, path: self.path, parameter };
        match self.settle(&waiting) {
            Some(is_good) => is_good,
            None => {
                self.dims.waiting.push(waiting);
                true
            }
        }
    }

    /// Whether the expression comes out as the number; `None` if a name in it is open.
    const fn settle(&mut self, waiting: &Waiting) -> Option<bool> {
        let Waiting { expression, value, .. } = *waiting;
        let text = expression.push_to(Text::new());
        let (text, hint) = match expression.value(self.dims.numbers()) {
            Value::Is(number) if number == value => return Some(true),
            Value::Is(number) => (text.push(" = ").push_number(number), says::ONE_NUMBER),
            Value::Wrong(fault) => (fault.push_to(text), says::CHECK_EXPRESSION),
            Value::Linear(_) | Value::Open => return None,
        };
        self.refuse(waiting, self.dims.push_origins(text, &expression), hint);
        Some(false)
    }

    /// Settles the expressions that waited and whose names all have numbers now.
    pub(super) const fn check_waiting(&mut self) {
        let waiting = self.dims.waiting;
        self.dims.waiting = Bounded::EMPTY;
        let mut i = 0;
        while let Some(one) = waiting.get(i) {
            if self.settle(one).is_none() {
                self.dims.waiting.push(*one);
            }
            i += 1;
        }
    }

    /// Settles all expressions, after the walk. Those in which one name is open give it its number, one after the other. What
    /// stays open has one value for each expression.
    pub(super) const fn check_expressions(&mut self) {
        loop {
            self.check_waiting();
            if !self.solve_one() {
                break;
            }
        }
        let waiting = self.dims.waiting;
        let mut i = 0;
        while let Some(one) = waiting.get(i) {
            let text = one.expression.push_to(Text::new());
            if let Value::Linear(line) = one.expression.value(self.dims.numbers()) {
                let text = text.push(" for a whole number ").push(line.name);
                let expected = self.dims.push_origins(text, &one.expression);
                self.refuse(one, expected, says::CHECK_EXPRESSION);
            } else if let Some(first) = first_of(&waiting, one)
                && first.value != one.value
            {
                let text = text.push(" = ").push_number(first.value);
                let expected = text.push(" (from `").push_text(&first.path.nth(0).shown()).push("`)");
                self.refuse(one, expected, says::ONE_NUMBER);
            }
            i += 1;
        }
    }

    /// Binds the open name of the first expression that has only one, and gives it a whole number.
    const fn solve_one(&mut self) -> bool {
        let mut i = 0;
        while let Some(one) = self.dims.waiting.get(i) {
            if let Value::Linear(line) = one.expression.value(self.dims.numbers())
                && let Ok(number) = line.solve(one.value)
            {
                let by = one.path.nth(0).shown();
                self.dims.insert(line.name, number, by);
                return true;
            }
            i += 1;
        }
        false
    }

    /// Reports that an expression that waited has another value. Its parameter does not fit then.
    const fn refuse(&mut self, waiting: &Waiting, expected: Shown, hint: &'static str) {
        self.fitting -= self.dims.fits_not(waiting.parameter);
        self.conflict(waiting.path, expected, waiting.value, hint);
    }

    const fn conflict(&mut self, path: Path, expected: Shown, value: usize, hint: &'static str) {
        let found = Text::new().push_number(value);
        self.rows.push(Row::of_text(FindingKind::Dim, path, expected, found, hint));
    }
}

/// The first that has the same expression.
const fn first_of<'w, const N: usize>(waiting: &'w Bounded<Waiting, N>, one: &Waiting) -> Option<&'w Waiting> {
    let mut i = 0;
    while let Some(first) = waiting.get(i) {
        if first.expression.is(&one.expression) {
            return Some(first);
        }
        i += 1;
    }
    None
}
