//! Names that are set before the file is asked: conditions, and the defaults of types.

use super::dims::{ConditionPlace, DefaultOf, OpenCondition, Origin};
use super::name_tree::NamePlace;
use super::resolver::Resolver;
use crate::report::{Finding, FindingSide};
use crate::rules::{self, says};
use crate::schema::{Declared, Environment, Expression, Known, Len, Node, Setting, Spec, Symbol, Text, Value};

/// What a condition says of an option, or of a tie.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Condition {
    Is(bool),
    /// Nobody has decided it.
    Open,
}

impl Resolver<'_> {
    /// The attributes around the fields of a module of this type. Its defaults are known from here on.
    pub(super) fn inside(&mut self, spec: Spec, declared: Option<&'static Declared>) -> Spec {
        let has_open = spec.given.has_open();
        self.instances += u32::from(has_open);
        let spec = spec.enter_instance(declared, self.instances);
        for (name, expression) in declared.map_or(&[][..], |declared| declared.defaults) {
            self.add_default(spec.environment.of_load(name), *expression, &spec.environment);
        }
        spec
    }

    /// Adds a default. Another one of the same name is a finding.
    fn add_default(&mut self, symbol: Symbol, expression: Expression, environment: &Environment) {
        let (path, environment) = (self.path(), *environment);
        let Some(first) = self.out.dims.defaults.iter_mut().find(|first| first.symbol.is(&symbol)) else {
            let (is_looked_at, is_told) = (false, false);
            let default = DefaultOf { symbol, expression, environment, path, is_looked_at, is_told };
            return self.out.dims.defaults.push(default);
        };
        if first.is_told || first.expression.flat(&first.environment).is(&expression.flat(&environment)) {
            return;
        }
        first.is_told = true;
        let said = |path: &str| if path.is_empty() { says::THE_MODULE.to_owned() } else { format!("`{path}`") };
        let expected =
            format!("{symbol} = {}, as {} says", first.expression.shown(&first.environment), said(&first.path));
        self.out.report.dim.push(Finding {
            expected: Some(FindingSide::words(expected)),
            found: Some(FindingSide::words(format!("{}, as {} says", expression.shown(&environment), said(&path)))),
            path: if path.is_empty() { says::THE_MODULE.to_owned() } else { path },
            hints: vec![says::ONE_DEFAULT.to_owned()],
            ..Finding::default()
        });
    }

    /// The default of a name, from what the caller has said, with how it is written.
    pub(super) fn default_of(&mut self, symbol: &Symbol) -> Option<(Setting<'static>, String)> {
        let defaults = &mut self.out.dims.defaults;
        let at = defaults.iter().position(|default| default.symbol.is(symbol) && !default.is_looked_at)?;
        // while it is looked at, it is none, so that it cannot depend on itself
        defaults[at].is_looked_at = true;
        let DefaultOf { expression, environment, .. } = defaults[at];
        self.fix_all(Some(&expression.flat(&environment)));
        let said = self.out.dims.said();
        let value = expression.value(&environment, Known::of(&said));
        self.out.dims.defaults[at].is_looked_at = false;
        Some((value.setting()?, expression.shown(&environment)))
    }

    /// The length of a list of which the file has `count` items, of which the last ends at `end`: see [`rules::len_of_all`].
    pub(super) fn len_of_all(
        &mut self,
        len: Len,
        environment: &Environment,
        count: usize,
        end: usize,
    ) -> (Len, Option<usize>) {
        if count > 0 && count == end {
            return (len, None);
        }
        self.fix_all(len.as_dim().flat(environment).as_ref());
        rules::len_of_all(len, environment, Known::of(&self.out.dims.said()), count, end)
    }

    /// Gives a name that something waits for its default, if what is known decides one.
    pub(super) fn default_open_names(&mut self) -> bool {
        let known = self.out.dims.known();
        let decided = self.out.dims.defaults.iter().find_map(|default| {
            let is_open = known.get(&default.symbol).is_none();
            let is_waited_for = || {
                let flats = self.out.dims.waiting.iter().filter_map(|one| one.dim.flat(&one.environment));
                let in_layouts = self.open.iter().any(|symbol| symbol.is(&default.symbol));
                in_layouts || flats.into_iter().any(|flat| flat.symbols().any(|symbol| symbol.is(&default.symbol)))
            };
            match default.expression.number(&default.environment, known) {
                Value::Number(number) if is_open && is_waited_for() => {
                    Some((default.symbol, number, default.expression.shown(&default.environment)))
                }
                _ => None,
            }
        });
        let Some((symbol, number, written)) = decided else { return false };
        self.out.dims.insert(symbol, Setting::Number(number), Origin::Default(written));
        true
    }

    /// What a condition says here.
    pub(super) fn condition(&mut self, when: &Expression, environment: &Environment) -> Condition {
        // most often, a constant or what is known already
        if let Value::Truth(is) = when.truth(environment, self.out.dims.known()) {
            return Condition::Is(is);
        }
        let flat = when.flat(environment);
        self.fix_all(Some(&flat));
        match when.truth(environment, self.out.dims.known()) {
            Value::Truth(is) => Condition::Is(is),
            Value::Wrong(fault) => {
                self.contradicts_condition(when, environment);
                let text = format!("{}{}", when.shown(environment), fault.shown());
                let finding = Finding {
                    path: self.path(),
                    expected: Some(FindingSide::words(says::A_CONDITION)),
                    found: Some(FindingSide::words(self.out.dims.with_origins(text, Some(&flat)))),
                    hints: vec![says::CHECK_CONDITION.to_owned()],
                    ..Finding::default()
                };
                self.out.report.config.push(finding);
                Condition::Open
            }
            _ => Condition::Open,
        }
    }

    /// Whether an option is there: its condition decides, or else the file. `in_file` says what the file has.
    pub(super) fn is_demanded(
        &mut self,
        item: &'static Node,
        spec: Spec,
        place: Option<NamePlace>,
        in_file: bool,
    ) -> bool {
        let Some(when) = spec.when else { return in_file };
        match self.condition(when, &spec.environment) {
            Condition::Is(true) => {
                if !in_file {
                    self.contradicts_condition(when, &spec.environment);
                }
                true
            }
            Condition::Is(false) => {
                if in_file {
                    self.contradicts_condition(when, &spec.environment);
                    self.refuse_present(item, spec, when, place);
                }
                false
            }
            Condition::Open => {
                let at = ConditionPlace { path: self.path(), is_present: in_file };
                self.out.dims.note_condition(when, &spec.environment, at);
                in_file
            }
        }
    }

    /// Reports what a condition says is there and the value that is updated lacks: an update changes no structure.
    pub(super) fn refuse_absent(&mut self, when: &Expression, environment: &Environment) {
        let why = self.why(when, environment, true);
        let text = why.map_or_else(|| says::IS_THERE.to_owned(), |why| format!("{}, as {why}", says::IS_THERE));
        self.out.report.config.push(Finding {
            path: self.path(),
            expected: Some(FindingSide::words(text)),
            found: Some(FindingSide::words(says::VALUE_LACKS)),
            hints: vec![says::LOAD_ANEW.to_owned()],
            ..Finding::default()
        });
    }

    /// Reports what the file has and a condition says is not there.
    fn refuse_present(&mut self, item: &'static Node, spec: Spec, when: &Expression, place: Option<NamePlace>) {
        let why = self.why(when, &spec.environment, false).map(|why| format!(", as {why}"));
        let hint = if why.is_some() { says::CONFIG_OR_FILE } else { says::ARGUMENTS_OR_FILE };
        let why = why.unwrap_or_default();
        if let Some(place) = place {
            self.use_present(item, spec, place);
        }
        let finding = Finding {
            path: self.path(),
            expected: Some(FindingSide::words(format!("{}{why}", says::NOTHING))),
            found: Some(FindingSide::words(says::IS_THERE)),
            hints: vec![hint.to_owned()],
            ..Finding::default()
        };
        self.out.report.config.push(finding);
    }

    /// Marks what a file has of a node as used.
    fn use_present(&mut self, item: &'static Node, spec: Spec, place: NamePlace) {
        match (item.names().below, spec.from) {
            (true, _) => self.use_all(place),
            (false, None) => self.out.used.extend(self.entry(place)),
            // what other tensors are for is for others to say
            (false, Some(_)) => {}
        }
    }

    /// `` `attention_bias` is true, where ..``: why something is there, or is not. `None` if it is a constant.
    pub(super) fn why(&self, when: &Expression, environment: &Environment, is: bool) -> Option<String> {
        let flat = when.flat(environment);
        flat.symbols().next()?;
        let text = format!("`{}` is {is}", when.shown(environment));
        Some(self.out.dims.with_origins(text, Some(&flat)))
    }

    /// Compares what the file has wherever one open condition stands, after the walk: without what names have decided by now, which
    /// tensors may have. One finding lists both sides.
    pub(super) fn check_conditions(&mut self) {
        let mut open: Vec<(String, Vec<ConditionPlace>)> = Vec::new();
        for OpenCondition { when, environment, places } in std::mem::take(&mut self.out.dims.conditions) {
            match when.truth(&environment, self.out.dims.known()) {
                Value::Truth(is) => self.refuse_places(when, &environment, is, places),
                Value::Open => {
                    self.note_open_condition(when, &environment);
                    let reduced = when.flat(&environment).reduced(self.out.dims.known());
                    let written = reduced.push_to(Text::<512>::new()).as_str().to_owned();
                    match open.iter_mut().find(|(other, _)| *other == written) {
                        Some((_, all)) => all.extend(places),
                        None => open.push((written, places)),
                    }
                }
                // that it is neither is told already
                _ => {}
            }
        }
        for (written, places) in open {
            let paths = |is_present: bool| -> Vec<&str> {
                places.iter().filter(|one| one.is_present == is_present).map(|one| one.path.as_str()).collect()
            };
            let (there, absent) = (paths(true), paths(false));
            if there.is_empty() || absent.is_empty() {
                continue;
            }
            self.out.report.config.push(Finding {
                path: places.first().map_or_else(String::new, |first| first.path.clone()),
                expected: Some(FindingSide::words(format!("{}{written}`", says::SAME_EVERYWHERE))),
                found: Some(FindingSide::words(format!("{} there, and {} not", listed(&there), listed(&absent)))),
                hints: vec![says::ONE_CONDITION.to_owned()],
                ..Finding::default()
            });
        }
    }

    /// Reports the places at which the file has something else than a condition says that tensors have decided behind them.
    fn refuse_places(&mut self, when: &Expression, environment: &Environment, is: bool, places: Vec<ConditionPlace>) {
        let why = self.why(when, environment, is).map_or_else(String::new, |why| format!(", as {why}"));
        for ConditionPlace { path, .. } in places.into_iter().filter(|place| place.is_present != is) {
            let (expected, found) = if is { (says::IS_THERE, says::NOTHING) } else { (says::NOTHING, says::IS_THERE) };
            self.out.report.config.push(Finding {
                path,
                expected: Some(FindingSide::words(format!("{expected}{why}"))),
                found: Some(FindingSide::words(found)),
                hints: vec![says::CONFIG_OR_FILE.to_owned()],
                ..Finding::default()
            });
        }
    }
}

/// The most paths that are listed.
const SHOWN: usize = 4;

/// `` `a` and `b` are``, `` `a`, `b`, `c`, `d` and 7 more are``
fn listed(paths: &[&str]) -> String {
    let shown: Vec<String> = paths.iter().take(SHOWN).map(|path| format!("`{path}`")).collect();
    let rest = paths.len() - shown.len();
    let text = match (rest, shown.as_slice()) {
        (0, [only]) => return format!("{only} is"),
        (0, [before @ .., last]) => format!("{} and {last}", before.join(", ")),
        _ => format!("{} and {rest} more", shown.join(", ")),
    };
    format!("{text} are")
}
