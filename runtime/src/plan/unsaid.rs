//! Names that the configuration lacks and that nobody else says, so that the checkpoint decides them.

use serde_json::Value as Json;
use weighbridge_lock::listed_names;

use super::outcome::Sort;
use super::resolver::Resolver;
use crate::report::{UnsaidNote, did_you_mean};
use crate::schema::{Environment, Expression, Flat, Known, Symbol};

/// The most names in a message.
const SHOWN: usize = 4;

impl Sort {
    /// Of the names in a condition.
    fn of(when: &Flat) -> Sort {
        if when.is_of_flags() { Sort::Flag } else { Sort::Any }
    }

    fn may_be(self, value: &Json) -> bool {
        match self {
            Sort::Number => value.is_u64(),
            Sort::Flag => value.is_boolean(),
            Sort::Any => value.is_u64() || value.is_boolean() || value.is_string(),
        }
    }
}

impl Resolver<'_> {
    /// Notes names that are open where they are needed.
    pub(super) fn note_unsaid(&mut self, symbols: impl IntoIterator<Item = Symbol>, sort: Sort) {
        for symbol in symbols.into_iter().filter(Symbol::is_of_load) {
            if !self.out.unsaid.iter().any(|(other, _)| other.is(&symbol)) {
                self.out.unsaid.push((symbol, sort));
            }
        }
    }

    /// The same for those in a condition that nobody has decided. What is known decides some of its parts.
    pub(super) fn note_open_condition(&mut self, when: &Expression, environment: &Environment) {
        let open = when.flat(environment).reduced(self.out.dims.known());
        self.note_unsaid(open.symbols(), Sort::of(&open));
    }

    /// The names that the configuration lacks, once the walk has ended. A default that nobody can compute lacks its own names.
    pub(super) fn unsaid(&self) -> Vec<UnsaidNote> {
        let Some(config) = &self.policy.config else { return Vec::new() };
        let dims = &self.out.dims;
        let mut open: Vec<(Symbol, Sort)> = dims.found().map(|symbol| (symbol, Sort::Number)).collect();
        open.extend(self.out.unsaid.iter().copied());
        let (mut notes, mut seen) = (Vec::new(), Vec::<Symbol>::new());
        while let Some((symbol, sort)) = open.pop() {
            if seen.iter().any(|other| other.is(&symbol)) {
                continue;
            }
            seen.push(symbol);
            let name = symbol.to_string();
            if !symbol.is_of_load() || dims.is_said(&symbol) || config.value(&name).is_some() {
                continue;
            }
            match dims.defaults.iter().find(|default| default.symbol.is(&symbol)) {
                Some(default) => {
                    let flat = default.expression.flat(&default.environment).reduced(Known::of(&dims.said()));
                    let sort = if sort == Sort::Number { sort } else { Sort::Any };
                    open.extend(flat.symbols().map(|symbol| (symbol, sort)));
                }
                None => {
                    let near = config.near(&name, |value| sort.may_be(value));
                    notes.push(UnsaidNote { is_null: config.is_null(&name), name, near });
                }
            }
        }
        notes.sort_by(|a, b| crate::path::natural(&a.name, &b.name));
        notes
    }

    /// What to do about a condition that nobody has decided and that ties two tensors, if they differ.
    pub(super) fn untie(&self, when: &Expression, environment: &Environment) -> String {
        let open = when.flat(environment).reduced(self.out.dims.known());
        let symbols: Vec<Symbol> = open.symbols().filter(Symbol::is_of_load).collect();
        let names: Vec<String> = symbols.iter().map(Symbol::to_string).collect();
        let listed = listed_names(names.iter().map(String::as_str), SHOWN);
        let Some(config) = &self.policy.config else {
            return format!(
                "nobody says what {listed} in `tied_when` is; give the configuration with `Loader::config_file(\"config.json\")`"
            );
        };
        let [name] = names.as_slice() else {
            return format!("nobody says what {listed} in `tied_when` are; give them in the configuration");
        };
        let near = config.near(name, |value| Sort::of(&open).may_be(value));
        let absent = format!("nobody says what {listed} in `tied_when` is, as the configuration lacks it");
        match (did_you_mean(&near), open.untrue()) {
            (Some(question), _) => format!("{absent}; {question}"),
            (None, Some(value)) => format!("{absent}; give it there: `{}: {value}`", weighbridge_lock::literal(name)),
            (None, None) => format!("{absent}; give it there"),
        }
    }
}
