//! Compares numbers of the lock with named dims and with expressions of them.

use super::bounded::Bounded;
use super::comparison::Comparison;
use super::configured::{self, Configured};
use super::dims::{Origin, Waiting};
use super::path::Path;
use super::rows::{Row, Sides};
use crate::report::FindingKind;
use crate::rules::{Shown, says};
use crate::schema::{Dim, Environment, Flat, Setting, Symbol, Text, Value};

impl Comparison {
    /// Whether a dim may be this number of the lock. What is open in it is then bound. A conflict is a row. It waits if a name in
    /// it is open: others say better what that is. `parameter` is the number of the parameter, or `usize::MAX` for a list.
    pub(super) const fn agrees(&mut self, dim: Dim, environment: &Environment, value: usize, parameter: usize) -> bool {
        if let Dim::AtLeast(_) = dim {
            return self.reaches(dim, environment, value, parameter);
        }
        let Some(is) = dim.number(environment, self.dims.known()) else { return true };
        match (dim, is) {
            (Dim::Is(_), _) => return true,
            (_, Value::Number(number)) if number == value => return true,
            (_, Value::Linear(_) | Value::Open) => {
                self.fix_all(dim.flat(environment));
                if let (Dim::Named(name), Some(Value::Linear(_))) = (dim, dim.number(environment, self.dims.known()))
                    && let Some(symbol) = environment.symbol(name)
                {
                    let by = self.path.nth(0).shown();
                    self.dims.insert(symbol, Setting::Number(value), Origin::Parameter, by);
                    return true;
                }
            }
            _ => {}
        }
        let waiting = Waiting { dim, environment: *environment, value, path: self.path, parameter };
        match self.settle(&waiting) {
            Some(is_good) => is_good,
            None => {
                self.dims.waiting.push(waiting);
                true
            }
        }
    }

    /// Whether a dim of the lock is at least this. It waits while that is open.
    const fn reaches(&mut self, dim: Dim, environment: &Environment, value: usize, parameter: usize) -> bool {
        self.fix_all(dim.flat(environment));
        let waiting = Waiting { dim, environment: *environment, value, path: self.path, parameter };
        match self.settle(&waiting) {
            Some(is_good) => is_good,
            None => {
                self.dims.waiting.push(waiting);
                true
            }
        }
    }

    /// Binds each name in it to what the configuration or a default says, if it is open.
    pub(super) const fn fix_all(&mut self, flat: Option<Flat>) {
        let Some(flat) = flat else { return };
        let mut at = 0;
        while at < flat.len() {
            match flat.first_symbol(at) {
                Some(symbol) if symbol.is_of_load() => self.fix(symbol),
                _ => {}
            }
            at += 1;
        }
    }

    /// Binds the names in the shapes of what is missing, so that rows have their numbers.
    pub(super) const fn fix_missing(&mut self) {
        let mut i = 0;
        while let Some(row) = self.rows.get(i) {
            i += 1;
            let (FindingKind::Missing, Sides::Tensor(Some(expected), _)) = (row.kind, row.sides) else { continue };
            let (mut index, Some(rank)) = (0, expected.rank()) else { continue };
            while index < rank {
                self.fix_all(expected.dim(index).flat(expected.environment()));
                index += 1;
            }
        }
    }

    const fn fix(&mut self, symbol: Symbol) {
        if self.dims.known().get(&symbol).is_some() {
            return;
        }
        if let Some(Configured { setting, origin, .. }) = configured::find(self.config, &symbol) {
            self.dims.insert(symbol, *setting, Origin::Config, Text::new().push(origin));
        } else if let Some((setting, written)) = self.default_of(&symbol) {
            self.dims.insert(symbol, setting, Origin::Default, written);
        }
    }

    /// Whether the dim comes out as the number; `None` if a name in it is open.
    const fn settle(&mut self, waiting: &Waiting) -> Option<bool> {
        let Waiting { dim, environment, value, .. } = *waiting;
        let is = match dim.least(&environment, self.dims.known()) {
            Some(least) => least,
            None => match dim.number(&environment, self.dims.known()) {
                Some(is) => is,
                None => return Some(true),
            },
        };
        let (text, hint) = match is {
            Value::Number(number) if number == value => return Some(true),
            Value::Number(least) if matches!(dim, Dim::AtLeast(_)) && least <= value => return Some(true),
            Value::Number(least) if matches!(dim, Dim::AtLeast(_)) => {
                (Text::new().push(" = ").push_number(least), says::CHECK_EXPRESSION)
            }
            Value::Number(number) => (Text::new().push(" = ").push_number(number), says::ONE_NUMBER),
            Value::Wrong(fault) => (fault.push_to(Text::new()), says::CHECK_EXPRESSION),
            _ => return None,
        };
        let expected = self.dims.shown(&dim, &environment, text);
        self.refuse(waiting, expected, hint);
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

    /// Settles all expressions, after the walk. Those in which one name is open give it its number, one after the other; then
    /// defaults do. What stays open has one value for each expression.
    pub(super) const fn check_expressions(&mut self) {
        loop {
            self.check_waiting();
            if !self.solve_one() && !self.default_open_name() {
                break;
            }
        }
        let waiting = self.dims.waiting;
        let mut i = 0;
        while let Some(one) = waiting.get(i) {
            if let Some(Value::Linear(line)) = one.dim.number(&one.environment, self.dims.known()) {
                let text = line.symbol.push_to(Text::new().push(" for a whole number "));
                let expected = self.dims.shown(&one.dim, &one.environment, text);
                self.refuse(one, expected, says::CHECK_EXPRESSION);
            } else if let Dim::AtLeast(_) = one.dim {
                let text = one.dim.push_to(Text::new(), &one.environment).push(says::WHICH_NOTHING_SAYS);
                let expected = self.dims.push_origins(text, one.dim.flat(&one.environment));
                self.refuse(one, expected, says::SAY_LEAST);
            } else if let Some(first) = first_of(&waiting, one)
                && first.value != one.value
            {
                let text = one.dim.push_to(Text::new(), &one.environment).push(" = ").push_number(first.value);
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
            if let Some(Value::Linear(line)) = one.dim.number(&one.environment, self.dims.known())
                && let Ok(number) = line.solve(one.value)
            {
                let by = one.path.nth(0).shown();
                self.dims.insert(line.symbol, Setting::Number(number), Origin::Parameter, by);
                return true;
            }
            i += 1;
        }
        false
    }

    /// Reports that a dim has another value. A parameter that waited for it does not fit then.
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
    let Some(flat) = one.dim.flat(&one.environment) else { return None };
    let mut i = 0;
    while let Some(first) = waiting.get(i) {
        if let Some(other) = first.dim.flat(&first.environment)
            && !matches!(first.dim, Dim::AtLeast(_))
            && other.is(&flat)
        {
            return Some(first);
        }
        i += 1;
    }
    None
}
