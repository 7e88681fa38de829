//! Compares numbers of the file with named dims and with expressions of them.

use super::dims::{By, Waiting};
use super::resolver::Resolver;
use crate::config::Setting;
use crate::report::{Finding, FindingSide};
use crate::rules::says;
use crate::schema::{Dim, Expression, Text, Value};

impl Resolver<'_> {
    /// Whether a dim may be this number of the file. What is open in it is then bound. A conflict is noted.
    pub(super) fn agrees(&mut self, dim: Dim, value: usize, entry: Option<usize>) -> bool {
        match dim {
            Dim::Named(name) => self.bind(name, value, entry),
            Dim::Computed(expression) => self.require(expression, value, entry, Some(self.out.number())),
            Dim::Is(_) | Dim::Any => true,
        }
    }

    /// Binds a name to a number, or notes the conflict.
    pub(super) fn bind(&mut self, name: &'static str, value: usize, entry: Option<usize>) -> bool {
        self.fix(name);
        let Some(bound) = self.out.dims.get(name) else {
            self.out.dims.insert(name, value, By::Parameter(self.trail.as_str().to_owned()));
            return true;
        };
        if bound.value == value {
            return true;
        }
        let expected = format!("{name} = {}", bound.origin());
        self.conflict(&self.path(), entry, expected, value, says::ONE_NUMBER);
        false
    }

    /// Binds a name to the number that the caller or the configuration gives, if there is one.
    fn fix(&mut self, name: &'static str) {
        if self.out.dims.get(name).is_some() {
            return;
        }
        let policy = self.policy;
        if let Some(&fixed) = policy.dims.get(name) {
            self.out.dims.insert(name, fixed, By::Loader);
        } else if let Some(config) = &policy.config
            && let Some(Setting::Number(number)) = config.get(name)
        {
            self.out.dims.insert(name, number, By::Config(config.origin(name)));
        }
    }

    /// Whether an expression comes out as this number. It waits if a name in it is open: others say better what that is.
    pub(super) fn require(
        &mut self,
        expression: Expression,
        value: usize,
        entry: Option<usize>,
        parameter: Option<usize>,
    ) -> bool {
        expression.names().for_each(|name| self.fix(name));
        // most often, with no need of the path
        if expression.value(self.out.dims.numbers()) == Value::Is(value) {
            return true;
        }
        let waiting = Waiting { expression, value, path: self.path(), entry, parameter };
        let is_good = self.settle(&waiting);
        if is_good.is_none() {
            self.out.dims.waiting.push(waiting);
        }
        is_good.unwrap_or(true)
    }

    /// Whether the expression comes out as the number; `None` if a name in it is open.
    fn settle(&mut self, waiting: &Waiting) -> Option<bool> {
        let Waiting { expression, value, .. } = waiting;
        let (is, hint) = match expression.value(self.out.dims.numbers()) {
            Value::Is(number) if number == *value => return Some(true),
            Value::Is(number) => (format!(" = {number}"), says::ONE_NUMBER),
            Value::Wrong(fault) => (fault.push_to(Text::<128>::new()).as_str().to_owned(), says::CHECK_EXPRESSION),
            Value::Linear(_) | Value::Open => return None,
        };
        let expected = self.out.dims.shown(expression, &is);
        self.refuse(waiting, expected, hint);
        Some(false)
    }

    /// Settles the expressions that waited and whose names all have numbers now.
    pub(super) fn check_waiting(&mut self) {
        for one in std::mem::take(&mut self.out.dims.waiting) {
            if self.settle(&one).is_none() {
                self.out.dims.waiting.push(one);
            }
        }
    }

    /// Settles all expressions, after the walk. Those in which one name is open give it its number, one after the other. What
    /// stays open has one value for each expression.
    pub(super) fn check_expressions(&mut self) {
        loop {
            self.check_waiting();
            let solved = self.out.dims.waiting.iter().find_map(|one| {
                let Value::Linear(line) = one.expression.value(self.out.dims.numbers()) else { return None };
                Some((line.name, line.solve(one.value).ok()?, one.path.clone()))
            });
            let Some((name, number, path)) = solved else { break };
            self.out.dims.insert(name, number, By::Parameter(path));
        }
        let waiting = std::mem::take(&mut self.out.dims.waiting);
        let mut distinct: Vec<&Waiting> = Vec::new();
        for one in &waiting {
            let Waiting { expression, value, .. } = one;
            if let Value::Linear(line) = expression.value(self.out.dims.numbers()) {
                let expected = self.out.dims.shown(expression, &format!(" for a whole number {}", line.name));
                self.refuse(one, expected, says::CHECK_EXPRESSION);
                continue;
            }
            match distinct.iter().find(|first| first.expression.is(expression)) {
                None => distinct.push(one),
                Some(first) if first.value == *value => {}
                Some(first) => {
                    let expected = format!("{expression} = {} (from `{}`)", first.value, first.path);
                    self.refuse(one, expected, says::ONE_NUMBER);
                }
            }
        }
    }

    /// Notes that an expression that waited has another value. Its parameter does not fit then.
    fn refuse(&mut self, waiting: &Waiting, expected: String, hint: &str) {
        let assignment = waiting.parameter.and_then(|number| self.out.assignment_of(number));
        if assignment.is_some_and(|assignment| assignment.take().is_some()) {
            self.out.report.fitting_count -= 1;
        }
        self.conflict(&waiting.path, waiting.entry, expected, waiting.value, hint);
    }

    fn conflict(&mut self, path: &str, entry: Option<usize>, expected: String, value: usize, hint: &str) {
        let finding = Finding {
            expected: Some(FindingSide::words(expected)),
            found: Some(FindingSide::words(value.to_string())),
            hints: vec![hint.to_owned()],
            ..entry.map(|entry| self.located(entry)).unwrap_or_default()
        };
        self.out.report.dim.push(Finding { path: path.to_owned(), ..finding });
    }
}
