//! Compares numbers of the file with named dims and with expressions of them.

use super::dims::{Origin, Place, Waiting, WaitingPlace};
use super::outcome::Sort;
use super::resolver::Resolver;
use crate::report::{Finding, FindingSide};
use crate::rules::{Expected, says};
use crate::schema::{Dim, Environment, Flat, Setting, Symbol, Value};

impl Resolver<'_> {
    /// Whether a dim may be this number of the file. What is open in it is then bound. A conflict is noted. It waits if a name in
    /// it is open: others say better what that is.
    pub(super) fn agrees(&mut self, dim: Dim, environment: &Environment, value: usize, place: Place) -> bool {
        if matches!(dim, Dim::Is(_) | Dim::Any) {
            return true;
        }
        if let Dim::AtLeast(_) = dim {
            return self.reaches(dim, environment, value, place);
        }
        // most often, with no need of the path
        if dim.number(environment, self.out.dims.known()) == Some(Value::Number(value)) {
            self.confirm(&dim, environment);
            return true;
        }
        if self.waits_too(dim, environment, value, place) {
            return true;
        }
        self.fix_all(dim.flat(environment).as_ref());
        if let (Dim::Named(name), Some(Value::Linear(_))) = (dim, dim.number(environment, self.out.dims.known()))
            && let Some(symbol) = environment.symbol(name)
        {
            let by = Origin::Parameter(self.path());
            self.out.dims.insert(symbol, Setting::Number(value), by);
            return true;
        }
        let waiting = self.waiting(dim, environment, value, place);
        let is_good = self.settle(&waiting);
        if is_good == Some(true) {
            self.confirm(&dim, environment);
        }
        if is_good.is_none() {
            self.out.dims.waiting.push(waiting);
        }
        is_good.unwrap_or(true)
    }

    /// Whether a dim of the file is at least this. It waits while that is open.
    fn reaches(&mut self, dim: Dim, environment: &Environment, value: usize, place: Place) -> bool {
        self.fix_all(dim.flat(environment).as_ref());
        let is_enough = |this: &Self| match dim.least(environment, this.out.dims.known()) {
            Some(Value::Number(least)) => Some(least <= value),
            Some(Value::Wrong(_)) => Some(false),
            _ => None,
        };
        let is_enough = is_enough(self);
        if is_enough == Some(true) {
            return true;
        }
        let waiting = self.waiting(dim, environment, value, place);
        match is_enough {
            Some(_) => _ = self.settle(&waiting),
            None => self.out.dims.waiting.push(waiting),
        }
        is_enough.is_none()
    }

    /// A dim that waits where the walk is.
    fn waiting(&self, dim: Dim, environment: &Environment, value: usize, place: Place) -> Waiting {
        let places = vec![WaitingPlace { path: self.path(), place, is_kept: false }];
        Waiting { dim, environment: *environment, value, places }
    }

    /// Whether the same dim waits for the same number already. This place waits too then.
    pub(super) fn waits_too(&mut self, dim: Dim, environment: &Environment, value: usize, place: Place) -> bool {
        let Some(alike) = self.out.dims.waiting_alike(&dim, environment, value) else { return false };
        let path = self.trail.as_str().to_owned();
        alike.places.push(WaitingPlace { path, place, is_kept: false });
        true
    }

    /// Binds each name in it to what the caller said, if it is open and the caller said something.
    pub(super) fn fix_all(&mut self, flat: Option<&Flat>) {
        let symbols: Vec<Symbol> = flat.into_iter().flat_map(Flat::symbols).collect();
        for symbol in symbols.into_iter().filter(Symbol::is_of_load) {
            self.fix(symbol);
        }
    }

    /// The same for all dims of a tensor.
    pub(super) fn fix_dims(&mut self, expected: &Expected) {
        for index in 0..expected.rank().unwrap_or(0) {
            self.fix_all(expected.dim(index).flat(expected.environment()).as_ref());
        }
    }

    fn fix(&mut self, symbol: Symbol) {
        if self.out.dims.known().get(&symbol).is_some() {
            return;
        }
        if let Some(&fixed) = self.policy.dims.get(&symbol.to_string()) {
            self.out.dims.insert(symbol, Setting::Number(fixed), Origin::Loader);
            return;
        }
        let policy = self.policy;
        if let Some(config) = &policy.config
            && let key = symbol.to_string()
            && let Some(setting) = config.get(&key)
        {
            self.out.dims.insert(symbol, setting, Origin::Config(config.origin(&key)));
        } else if let Some((setting, written)) = self.default_of(&symbol) {
            self.out.dims.insert(symbol, setting, Origin::Default(written));
        }
    }

    /// Whether the dim comes out as the number; `None` if a name in it is open.
    fn settle(&mut self, waiting: &Waiting) -> Option<bool> {
        let Waiting { dim, environment, value, .. } = waiting;
        let known = self.out.dims.known();
        let (is, hint) = match dim.number(environment, known).or_else(|| dim.least(environment, known))? {
            Value::Number(number) if number == *value => return Some(true),
            Value::Number(least) if matches!(dim, Dim::AtLeast(_)) && least <= *value => return Some(true),
            Value::Number(least) if matches!(dim, Dim::AtLeast(_)) => (format!(" = {least}"), says::CHECK_EXPRESSION),
            Value::Number(number) => (format!(" = {number}"), says::ONE_NUMBER),
            Value::Wrong(fault) => (fault.shown(), says::CHECK_EXPRESSION),
            _ => return None,
        };
        let expected = self.out.dims.shown(dim, environment, &is);
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

    /// Settles all expressions, after the walk. Those in which one name is open give it its number, one after the other; then
    /// defaults do. What stays open has one value for each expression.
    pub(super) fn check_expressions(&mut self) {
        // what the file says comes first
        let kept = std::mem::take(&mut self.out.dims.kept);
        self.out.dims.waiting.extend(kept);
        loop {
            self.check_waiting();
            let solved = self.out.dims.waiting.iter().find_map(|one| {
                let value = one.dim.number(&one.environment, self.out.dims.known());
                let Some(Value::Linear(line)) = value else { return None };
                Some((line.symbol, line.solve(one.value).ok()?, one.path().to_owned()))
            });
            match solved {
                Some((symbol, number, path)) => {
                    self.out.dims.insert(symbol, Setting::Number(number), Origin::Parameter(path));
                }
                None if self.default_open_names() => {}
                None => break,
            }
        }
        let waiting = std::mem::take(&mut self.out.dims.waiting);
        let mut distinct: Vec<(&Waiting, Option<Flat>)> = Vec::new();
        for one in &waiting {
            let Waiting { dim, environment, value, .. } = one;
            if let Some(Value::Linear(line)) = dim.number(environment, self.out.dims.known()) {
                let is = format!(" for a whole number {}", line.symbol);
                let expected = self.out.dims.shown(dim, environment, &is);
                self.refuse(one, expected, says::CHECK_EXPRESSION);
                continue;
            }
            let flat = dim.flat(environment);
            let known = self.out.dims.known();
            let open = flat.iter().flat_map(Flat::symbols).filter(|symbol| known.get(symbol).is_none());
            self.note_unsaid(open.collect::<Vec<_>>(), Sort::Number);
            if let Dim::AtLeast(_) = dim {
                let expected = format!("{}{}", dim.shown(environment), says::WHICH_NOTHING_SAYS);
                let expected = self.out.dims.with_origins(expected, flat.as_ref());
                self.refuse(one, expected, says::SAY_LEAST);
                continue;
            }
            let same = |other: &Option<Flat>| matches!((other, &flat), (Some(a), Some(b)) if a.is(b));
            match distinct.iter().find(|(_, other)| same(other)) {
                None => distinct.push((one, flat)),
                Some((first, _)) if first.value == *value => {}
                Some((first, _)) => {
                    let expected = format!("{} = {} (from `{}`)", dim.shown(environment), first.value, first.path());
                    self.refuse(one, expected, says::ONE_NUMBER);
                }
            }
        }
    }

    /// Notes that a dim has another value. A parameter that waited for it does not fit then.
    fn refuse(&mut self, waiting: &Waiting, expected: String, hint: &str) {
        for WaitingPlace { path, place, is_kept } in &waiting.places {
            let assignment = place.parameter.and_then(|number| self.out.assignment_of(number));
            if assignment.is_some_and(|assignment| assignment.take().is_some()) {
                self.out.report.fitting_count -= 1;
            }
            if !is_kept {
                self.contradicts_dim((path, place.is_list()), &waiting.dim, &waiting.environment, waiting.value);
            }
            let finding = Finding {
                expected: Some(FindingSide::words(expected.clone())),
                found: Some(FindingSide::words(waiting.value.to_string())),
                hints: vec![if *is_kept { says::KEPT_NUMBER } else { hint }.to_owned()],
                ..place.entry.map(|entry| self.located(entry)).unwrap_or_default()
            };
            self.out.report.dim.push(Finding { path: path.clone(), ..finding });
        }
    }
}
