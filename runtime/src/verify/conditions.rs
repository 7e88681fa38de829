//! Names that are set before the lock is asked: conditions, and the defaults of types.

use super::bounded::Bounded;
use super::comparison::Comparison;
use super::dims::{DefaultOf, OpenCondition, Origin};
use super::path::{Path, PathComponent};
use super::rows::Row;
use crate::report::FindingKind;
use crate::rules::{self, Shown, says};
use crate::schema::{Declared, Environment, Expression, Known, Len, Setting, Spec, Symbol, Text, Value};

impl Comparison {
    /// The attributes around the fields of a module of this type. Its defaults are known from here on.
    pub(super) const fn inside(&mut self, spec: Spec, declared: Option<&'static Declared>) -> Spec {
        let Some(types) = declared else { return spec };
        if spec.given.has_open() {
            self.dims.instances += 1;
        }
        let spec = spec.enter_instance(declared, self.dims.instances);
        let mut i = 0;
        while i < types.defaults.len() {
            let (name, expression) = types.defaults[i];
            let symbol = spec.environment.of_load(name);
            self.add_default(symbol, expression, spec.environment);
            i += 1;
        }
        spec
    }

    /// The path, or what stands for it where it is empty.
    pub(super) const fn here(&self) -> Path {
        let mut path = self.path;
        if path.is_empty() {
            path.push(PathComponent::Name(says::THE_MODULE));
        }
        path
    }

    /// Adds a default. Another one of the same name is a row.
    const fn add_default(&mut self, symbol: Symbol, expression: Expression, environment: Environment) {
        let mut i = 0;
        while let Some(first) = self.dims.defaults.get_mut(i) {
            if first.symbol.is(&symbol) {
                let is_same = first.expression.flat(&first.environment).is(&expression.flat(&environment));
                if !is_same && !first.is_told {
                    first.is_told = true;
                    let text = first.symbol.push_to(Text::new()).push(" = ");
                    let expected = says_so(text, &first.expression, &first.environment, &first.path);
                    let found = says_so(Text::new(), &expression, &environment, &self.path);
                    self.rows.push(Row::of_text(FindingKind::Dim, self.here(), expected, found, says::ONE_DEFAULT));
                }
                return;
            }
            i += 1;
        }
        let (path, is_looked_at, is_told) = (self.path, false, false);
        self.dims.defaults.push(DefaultOf { symbol, expression, environment, path, is_looked_at, is_told });
    }

    /// The default of a name, from what is said, with how it is written.
    pub(super) const fn default_of(&mut self, symbol: &Symbol) -> Option<(Setting<'static>, Shown)> {
        let mut i = 0;
        while let Some(default) = self.dims.defaults.get_mut(i) {
            if default.symbol.is(symbol) && !default.is_looked_at {
                // while it is looked at, it is none, so that it cannot depend on itself
                default.is_looked_at = true;
                let DefaultOf { expression, environment, .. } = *default;
                self.fix_all(Some(expression.flat(&environment)));
                let (said, count) = self.dims.said();
                let value = expression.value(&environment, Known::of(said.split_at(count).0));
                if let Some(default) = self.dims.defaults.get_mut(i) {
                    default.is_looked_at = false;
                }
                let Some(setting) = value.setting() else { return None };
                return Some((setting, expression.push_to(Text::new(), &environment)));
            }
            i += 1;
        }
        None
    }

    /// The length of a list of which the lock has `count` items, of which the last ends at `end`: see [`rules::len_of_all`].
    pub(super) const fn len_of_all(
        &mut self,
        len: Len,
        environment: &Environment,
        count: usize,
        end: usize,
    ) -> (Len, Option<usize>) {
        if count > 0 && count == end {
            return (len, None);
        }
        self.fix_all(len.as_dim().flat(environment));
        let (said, known) = self.dims.said();
        rules::len_of_all(len, environment, Known::of(said.split_at(known).0), count, end)
    }

    /// Gives a name that something waits for its default, if what is known decides one.
    pub(super) const fn default_open_name(&mut self) -> bool {
        let mut i = 0;
        while let Some(default) = self.dims.defaults.get(i) {
            let DefaultOf { symbol, expression, environment, .. } = *default;
            if let (Value::Number(number), None) =
                (expression.number(&environment, self.dims.known()), self.dims.known().get(&symbol))
                && (self.dims.waits_for(&symbol) || self.is_open(&symbol))
            {
                let written = expression.push_to(Text::new(), &environment);
                self.dims.insert(symbol, Setting::Number(number), Origin::Default, written);
                return true;
            }
            i += 1;
        }
        false
    }

    /// What a condition says here; `None` if nothing has decided it.
    pub(super) const fn condition(&mut self, when: &Expression, environment: &Environment) -> Option<bool> {
        if let Value::Open = when.truth(environment, self.dims.known()) {
            self.fix_all(Some(when.flat(environment)));
        }
        match when.truth(environment, self.dims.known()) {
            Value::Truth(is) => Some(is),
            Value::Wrong(fault) => {
                let text = fault.push_to(when.push_to(Text::new(), environment));
                let found = self.dims.push_origins(text, Some(when.flat(environment)));
                let expected = Text::new().push(says::A_CONDITION);
                let row = Row::of_text(FindingKind::Config, self.path, expected, found, says::CHECK_CONDITION);
                self.rows.push(row);
                None
            }
            _ => None,
        }
    }

    /// Whether an option is there: its condition decides, or else the lock, which `in_lock` is about.
    pub(super) const fn is_demanded(&mut self, spec: &Spec, in_lock: bool) -> bool {
        let Some(when) = spec.when else { return in_lock };
        match self.condition(when, &spec.environment) {
            Some(false) if in_lock => {
                self.refuse_place(when, &spec.environment, false, self.path);
                false
            }
            Some(is) => is,
            None => {
                let environment = spec.environment;
                let (written, path, is_present, is_told) = (Text::new(), self.path, in_lock, false);
                let one = OpenCondition { when: *when, environment, written, path, is_present, is_told };
                self.dims.conditions.push(one);
                in_lock
            }
        }
    }

    /// Compares what the lock has wherever one open condition stands, after the walk: without what names have decided by now. One
    /// row lists both sides.
    pub(super) const fn check_conditions(&mut self) {
        self.decide_conditions();
        let mut i = 0;
        while let Some(first) = self.dims.conditions.get(i) {
            let first = *first;
            let written = first.written;
            let (mut there, mut absent, mut k) = (Listed::EMPTY, Listed::EMPTY, i);
            while let Some(one) = self.dims.conditions.get_mut(k) {
                if !one.is_told && one.written.is(&written) {
                    one.is_told = true;
                    let list = if one.is_present { &mut there } else { &mut absent };
                    list.push(&one.path);
                }
                k += 1;
            }
            if there.count > 0 && absent.count > 0 {
                let found = there.push_to(Text::new()).push(" there, and ");
                let found = absent.push_to(found).push(" not");
                let expected = Text::new().push(says::SAME_EVERYWHERE).push_text(&written).push("`");
                let row = Row::of_text(FindingKind::Config, first.path.nth(0), expected, found, says::ONE_CONDITION);
                self.rows.push(row);
            }
            i += 1;
        }
    }

    /// Writes each open condition without what is decided, and tells those that are decided by now.
    const fn decide_conditions(&mut self) {
        let mut i = 0;
        while let Some(one) = self.dims.conditions.get(i) {
            let OpenCondition { when, environment, path, is_present, .. } = *one;
            let (written, is_told) = match when.truth(&environment, self.dims.known()) {
                Value::Open => (when.flat(&environment).reduced(self.dims.known()).push_to(Text::new()), false),
                Value::Truth(is) if is != is_present => {
                    self.refuse_place(&when, &environment, is, path);
                    (Text::new(), true)
                }
                // that one is neither true nor false is told already
                _ => (Text::new(), true),
            };
            if let Some(one) = self.dims.conditions.get_mut(i) {
                (one.written, one.is_told) = (written, is_told);
            }
            i += 1;
        }
    }

    /// Reports that the lock has something else at a place than a condition says.
    const fn refuse_place(&mut self, when: &Expression, environment: &Environment, is: bool, path: Path) {
        let (expected, found) = if is { (says::IS_THERE, says::NOTHING) } else { (says::NOTHING, says::IS_THERE) };
        let (flat, mut expected) = (when.flat(environment), Text::new().push(expected));
        let hint = if flat.has_symbols() { says::CONFIG_OR_FILE } else { says::ARGUMENTS_OR_FILE };
        if flat.has_symbols() {
            let text = when.push_to(expected.push(", as `"), environment).push("` is ");
            expected = self.dims.push_origins(text.push(if is { "true" } else { "false" }), Some(flat));
        }
        let found = Text::new().push(found);
        self.rows.push(Row::of_text(FindingKind::Config, path, expected, found, hint));
    }
}

const fn says_so(text: Shown, expression: &Expression, environment: &Environment, path: &Path) -> Shown {
    let text = expression.push_to(text, environment).push(", as ");
    match path.is_empty() {
        true => text.push(says::THE_MODULE).push(" says"),
        false => text.push("`").push_text(&path.nth(0).shown()).push("` says"),
    }
}

/// The most paths that are listed.
const SHOWN: usize = 4;

/// The paths where a condition stands.
struct Listed {
    paths: Bounded<Path, SHOWN>,
    count: usize,
}

impl Listed {
    const EMPTY: Listed = Listed { paths: Bounded::EMPTY, count: 0 };

    const fn push(&mut self, path: &Path) {
        let mut number = 0;
        while number < path.count() {
            if self.paths.len < SHOWN {
                self.paths.push(path.nth(number));
            }
            number += 1;
        }
        self.count += path.count();
    }

    /// `` `a` and `b` are``, `` `a`, `b`, `c`, `d` and 7 more are``
    const fn push_to(&self, text: Shown) -> Shown {
        let (mut text, mut i, rest) = (text, 0, self.count - self.paths.len);
        while let Some(path) = self.paths.get(i) {
            let before = match i {
                0 => "`",
                _ if i + 1 == self.paths.len && rest == 0 => " and `",
                _ => ", `",
            };
            text = text.push(before).push_text(&path.shown()).push("`");
            i += 1;
        }
        if rest > 0 {
            text = text.push(" and ").push_number(rest).push(" more");
        }
        text.push(if self.count == 1 { " is" } else { " are" })
    }
}
